import { Link } from '@tanstack/react-router'
import type { ExplainedTokenRequestAnswer } from '@valetkey/protocol'
import type { ReactNode } from 'react'
import { CopyButton } from '../../ui/copy-button.tsx'
import { When } from '../../ui/when.tsx'
import { parametersInWords, proofInWords } from './words.ts'

/** Who sent what, when, and what came of it. */
export function RequestFacts({ request: answer }: { request: ExplainedTokenRequestAnswer }) {
  const { at, outcome, status, reason, authenticated, grant_id, network, user_agent, duration_ms, trace_id } =
    answer
  const { content_type, content_length } = answer.request
  return (
    <section className="vk-card tr-facts" aria-label="The request">
      <p className={authenticated ? 'tr-proof tr-proven' : 'tr-proof tr-unproven'}>
        <span aria-hidden="true">{authenticated ? '✓ ' : '! '}</span>
        {proofInWords(answer)}
      </p>
      <dl>
        <Fact name="Client">
          <Client {...answer} />
        </Fact>
        <Fact name="Time">
          <When at={at} seconds /> (<When at={at} ago />)
        </Fact>
        <Fact name="Outcome">
          {outcome}, HTTP {status}
          {reason !== null && (
            <>
              , <code>{reason}</code>
            </>
          )}
        </Fact>
        {grant_id !== null && (
          <Fact name="Grant">
            <code>{grant_id}</code>
          </Fact>
        )}
        <Fact name="From">{network}</Fact>
        <Fact name="User agent">{user_agent || 'none'}</Fact>
        <Fact name="Content type">{content_type || 'none'}</Fact>
        <Fact name="Size">{content_length === 1 ? '1 byte' : `${content_length} bytes`}</Fact>
        <Fact name="Parameters">{parametersInWords(answer)}</Fact>
        <Fact name="Took">{duration_ms < 1 ? 'under 1 ms' : `${Math.round(duration_ms)} ms`}</Fact>
        <Fact name="Trace id">
          <code>{trace_id}</code> <CopyButton text={trace_id} what="trace id" size="compact-xs" />
        </Fact>
      </dl>
    </section>
  )
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd className="vk-break">{children}</dd>
    </div>
  )
}

function Client({ client_id, client_name }: Pick<ExplainedTokenRequestAnswer, 'client_id' | 'client_name'>) {
  if (client_id === null) return 'none named'
  if (client_name === null)
    return (
      <>
        <code>{client_id}</code> (none of yours)
      </>
    )
  return (
    <>
      <Link to="/clients/$client_id" params={{ client_id }}>
        {client_name}
      </Link>{' '}
      <code>{client_id}</code>
    </>
  )
}
