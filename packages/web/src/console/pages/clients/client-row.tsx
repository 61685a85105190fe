import { Text } from '@mantine/core'
import { useInViewport } from '@mantine/hooks'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { type ClientAnswer, type ClientHealthAnswer, tokenRequestsKeptDays } from '@valetkey/protocol'
import { clientHealthQuery } from '../../queries.ts'
import { OutcomeBadge } from '../../ui/outcome-badge.tsx'
import { When } from '../../ui/when.tsx'
import { standingOf } from './standing.ts'

/** A client in the list. How it goes is asked for when it comes into sight: a list may be long. */
export function ClientRow({ client }: { client: ClientAnswer }) {
  const { ref, inViewport } = useInViewport<HTMLLIElement>()
  const health = useQuery({ ...clientHealthQuery(client.client_id), staleTime: 30_000, enabled: inViewport })
  return (
    <li ref={ref} className="vk-client">
      <div className="vk-client-name">
        <Link to="/clients/$client_id" params={{ client_id: client.client_id }} className="vk-break">
          {client.name}
        </Link>
        <Text size="xs" c="dimmed" ff="monospace" className="vk-break">
          {client.client_id}
        </Text>
      </div>
      <Text component="div" size="sm" c="dimmed">
        {lastUse(client, health.data)}
      </Text>
      <div className="vk-client-health">
        <Standing client={client} health={health.data} />
      </div>
    </li>
  )
}

function Standing({ client, health }: { client: ClientAnswer; health: ClientHealthAnswer | undefined }) {
  const { outcome, words } = standingOf(client, health)
  return <OutcomeBadge outcome={outcome}>{words}</OutcomeBadge>
}

/** The line has its height before the answer is there. */
function lastUse({ created_at }: ClientAnswer, health: ClientHealthAnswer | undefined) {
  if (health === undefined) return '\u00a0'
  if (health.last_success_at === null) {
    const known = Date.now() - Date.parse(created_at) < tokenRequestsKeptDays * 86_400_000
    return known ? 'no success yet' : `no success in ${tokenRequestsKeptDays} days`
  }
  return (
    <>
      last used <When at={health.last_success_at} ago />
    </>
  )
}
