import { Link } from '@tanstack/react-router'
import type { TokenRequestAnswer } from '@valetkey/protocol'
import { OutcomeBadge } from '../../ui/outcome-badge.tsx'
import { When } from '../../ui/when.tsx'
import { badgeOf } from './words.ts'

/** One line of the list; its sentence leads to all that is known. */
export function TokenRequestRow({ request, fresh }: { request: TokenRequestAnswer; fresh: boolean }) {
  const { trace_id, outcome, means, reason, cause, status, network, authenticated, at } = request
  const client = request.client_name ?? request.client_id ?? 'no client named'
  return (
    <li className={fresh ? 'tr-row tr-fresh' : 'tr-row'}>
      <span>
        <OutcomeBadge outcome={badgeOf(outcome)}>{outcome}</OutcomeBadge>
      </span>
      <span className="tr-what">
        <Link to="/token-requests/$trace_id" params={{ trace_id }} className="tr-link vk-break">
          {means ?? 'An access grant was issued.'}
        </Link>
        <span className="tr-more vk-break">
          HTTP {status}
          {reason !== null && (
            <>
              {' · '}
              <code>{reason}</code>
              {cause !== null && cause !== reason && (
                <>
                  {' · '}
                  <code>{cause}</code>
                </>
              )}
            </>
          )}
          {` · from ${network}`}
          {!authenticated && ' · not proven to be your app'}
        </span>
      </span>
      <span className="tr-client vk-ellipsis" title={client}>
        {client}
      </span>
      <span className="tr-time">
        <When at={at} ago />
        <When at={at} seconds />
      </span>
    </li>
  )
}
