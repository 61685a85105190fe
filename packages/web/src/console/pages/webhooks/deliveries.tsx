import { Button, Text } from '@mantine/core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { deliveriesKeptDays, type WebhookAnswer, type WebhookDeliveryAnswer } from '@valetkey/protocol'
import type { ReactNode } from 'react'
import { call } from '../../api.ts'
import { EmptyState } from '../../ui/empty-state.tsx'
import { Failed } from '../../ui/failed.tsx'
import { Loaded } from '../../ui/loaded.tsx'
import { Loading } from '../../ui/loading.tsx'
import { OutcomeBadge } from '../../ui/outcome-badge.tsx'
import { useAction } from '../../ui/use-action.ts'
import { When } from '../../ui/when.tsx'
import { deliveriesQuery, webhookPath } from './webhook-queries.ts'
import { outcomeOf } from './webhook-words.ts'

/** What was delivered, newest first, and why something was not. */
export function Deliveries({ webhook, action }: { webhook: WebhookAnswer; action: ReactNode }) {
  const deliveries = useQuery(deliveriesQuery(webhook.id))
  return (
    <section aria-labelledby="deliveries">
      <div className="wh-head">
        <h2 id="deliveries" className="vk-h2 vk-flush">
          Recent deliveries
        </h2>
        {action}
      </div>
      <Loaded query={deliveries} loading={<Loading lines={3} height={64} />}>
        {({ deliveries: all }) =>
          all.length === 0 ? (
            <EmptyState
              title="Nothing delivered yet"
              words={`Events appear here with what became of them. They are kept ${deliveriesKeptDays} days.`}
            />
          ) : (
            <ul className="wh-deliveries">
              {all.map((delivery) => (
                <Delivery key={delivery.id} webhook={webhook} delivery={delivery} />
              ))}
            </ul>
          )
        }
      </Loaded>
    </section>
  )
}

function Delivery({ webhook, delivery }: { webhook: WebhookAnswer; delivery: WebhookDeliveryAnswer }) {
  const queries = useQueryClient()
  const { run, busy, failure } = useAction(async () => {
    const path = webhookPath(webhook.id, `/deliveries/${encodeURIComponent(delivery.id)}/redeliver`)
    await call(path, { method: 'POST' })
    await queries.invalidateQueries({ queryKey: ['webhooks', webhook.id] })
  })
  const { outcome, words } = outcomeOf(delivery)
  return (
    <li>
      <div className="wh-what">
        <code className="wh-type">{delivery.type}</code>
        <Text size="xs" c="dimmed" ff="monospace" className="vk-break">
          {delivery.id}
        </Text>
      </div>
      <Text component="div" size="sm" c="dimmed">
        <When at={delivery.created_at} seconds />
      </Text>
      <OutcomeBadge outcome={outcome}>{words}</OutcomeBadge>
      <Button
        size="compact-sm"
        variant="default"
        loading={busy}
        disabled={webhook.state === 'disabled'}
        aria-label={`Deliver again: ${delivery.id}`}
        onClick={() => run()}
      >
        Deliver again
      </Button>
      <Text component="div" size="sm" className="wh-why">
        <Outcome delivery={delivery} />
      </Text>
      {failure !== undefined && <Failed error={failure} title="Not delivered again" />}
    </li>
  )
}

function Outcome({ delivery }: { delivery: WebhookDeliveryAnswer }) {
  const { state, status, duration_ms, explanation, attempts, next_attempt_at } = delivery
  if (state === 'delivered')
    return `Answered ${status} in ${duration_ms} ms${attempts > 1 ? `, at attempt ${attempts}` : ''}.`
  if (attempts === 0) return 'It is sent in a moment.'
  return (
    <>
      {explanation ?? 'It is being sent.'} {attempts === 1 ? 'One attempt' : `${attempts} attempts`} so far
      {next_attempt_at === null ? (
        '.'
      ) : (
        <>
          , the next at <When at={next_attempt_at} />.
        </>
      )}
    </>
  )
}
