import { Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { ClientAnswer, WebhookAnswer } from '@valetkey/protocol'
import { clientsQuery } from '../../queries.ts'
import { EmptyState } from '../../ui/empty-state.tsx'
import { LinkButton } from '../../ui/link-button.tsx'
import { Loaded } from '../../ui/loaded.tsx'
import { Loading } from '../../ui/loading.tsx'
import { OutcomeBadge } from '../../ui/outcome-badge.tsx'
import { PageHeader } from '../../ui/page-header.tsx'
import { When } from '../../ui/when.tsx'
import { webhooksQuery } from './webhook-queries.ts'
import { standingOf } from './webhook-words.ts'

/** All endpoints of the developer, and how each stands. */
export function WebhooksPage() {
  const webhooks = useQuery(webhooksQuery)
  const clients = useQuery(clientsQuery)
  return (
    <>
      <PageHeader title="Webhooks" lead="Your programs, told of what happens to your clients.">
        {webhooks.data !== undefined && webhooks.data.length > 0 && <AddButton />}
      </PageHeader>
      <Loaded query={webhooks} loading={<Loading lines={3} height={72} />}>
        {(all) =>
          all.length === 0 ? (
            <EmptyState
              title="No webhooks yet"
              words="This server calls a webhook when access is given or ended, when a retired secret is used or one is about to end, and when token requests begin to fail in a new way."
            >
              <AddButton />
            </EmptyState>
          ) : (
            <ul className="vk-clients">
              {all.map((webhook) => (
                <WebhookRow key={webhook.id} webhook={webhook} clients={clients.data ?? []} />
              ))}
            </ul>
          )
        }
      </Loaded>
    </>
  )
}

function WebhookRow({ webhook, clients }: { webhook: WebhookAnswer; clients: readonly ClientAnswer[] }) {
  const { id, url, description, client_id, events, last_success_at } = webhook
  const { outcome, words } = standingOf(webhook)
  const of =
    client_id === null
      ? 'all clients'
      : (clients.find((one) => one.client_id === client_id)?.name ?? client_id)
  return (
    <li className="vk-client">
      <div className="vk-client-name">
        <Link to="/webhooks/$id" params={{ id }} className="vk-break">
          {description === '' ? url : description}
        </Link>
        <Text size="xs" c="dimmed" className="vk-break">
          {description === '' ? '' : `${url} · `}
          {of} · {events.length === 1 ? '1 kind of event' : `${events.length} kinds of events`}
        </Text>
      </div>
      <Text component="div" size="sm" c="dimmed">
        {last_success_at === null ? (
          'no success yet'
        ) : (
          <>
            last delivered <When at={last_success_at} ago />
          </>
        )}
      </Text>
      <div className="vk-client-health">
        <OutcomeBadge outcome={outcome}>{words}</OutcomeBadge>
      </div>
    </li>
  )
}

function AddButton() {
  return <LinkButton to="/webhooks/new">Add a webhook</LinkButton>
}
