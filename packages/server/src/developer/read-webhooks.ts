import type {
  WebhookAnswer,
  WebhookDeliveryAnswer,
  WebhookDeliveryListAnswer,
  WebhookDeliveryQuery,
} from '@valetkey/protocol'
import { rfc3339, rfc3339OrNull } from '@valetkey/protocol'
import type { Acting } from '../audited.ts'
import type { Deps } from '../deps.ts'
import type { Delivery } from '../domain/webhook.ts'
import { outboundProblems } from '../outbound.ts'
import { ownWebhook, webhookAnswer } from './own-webhook.ts'

type ReadDeps = Pick<Deps, 'store' | 'clock'>

/** The developer's webhooks, oldest first. */
export async function listWebhooks(deps: ReadDeps, { account }: Acting): Promise<WebhookAnswer[]> {
  const webhooks = await deps.store.webhooks.list(account.id)
  return Promise.all(webhooks.map((webhook) => webhookAnswer(deps, webhook)))
}

/** @refuses webhook_not_found */
export async function getWebhook(deps: ReadDeps, by: Acting, id: string): Promise<WebhookAnswer> {
  return webhookAnswer(deps, await ownWebhook(deps, by, id))
}

/** What was delivered to a webhook or is on its way, newest first. @refuses webhook_not_found request_malformed */
export async function listDeliveries(
  deps: ReadDeps,
  by: Acting,
  id: string,
  { limit = 20, state, cursor }: WebhookDeliveryQuery,
): Promise<WebhookDeliveryListAnswer> {
  const webhook = await ownWebhook(deps, by, id)
  const [created_at, event_id = ''] = cursor?.split('.') ?? []
  const after = created_at === undefined ? undefined : { created_at: Number(created_at), event_id }
  const found = await deps.store.webhooks.deliveries(webhook.id, { limit: limit + 1, state, after })
  const deliveries = found.slice(0, limit)
  const last = deliveries.at(-1)
  return {
    deliveries: deliveries.map(deliveryAnswer),
    next_cursor: found.length > limit && last !== undefined ? `${last.created_at}.${last.event_id}` : null,
  }
}

export function deliveryAnswer(delivery: Delivery): WebhookDeliveryAnswer {
  const { event_id, type, client_id, created_at, state, attempts, due_at, last_attempt_at } = delivery
  const { status, problem, duration_ms } = delivery
  return {
    id: event_id,
    type,
    client_id,
    created_at: rfc3339(created_at),
    state,
    attempts,
    last_attempt_at: rfc3339OrNull(last_attempt_at),
    next_attempt_at: state === 'waiting' ? rfc3339(due_at) : null,
    status,
    problem,
    explanation: problem === null ? null : explained(problem, status),
    duration_ms,
  }
}

function explained(problem: string, status: number | null): string {
  if (problem === 'status_wrong')
    return `The endpoint answered ${status}; any status from 200 to 299 takes the event.`
  const words = problems[problem]
  return words === undefined
    ? 'Something went wrong on this server.'
    : `${words.charAt(0).toUpperCase()}${words.slice(1)}.`
}

const problems: Readonly<Record<string, string>> = {
  ...outboundProblems,
  gone: 'the endpoint answered 410 Gone, which switches it off',
  webhook_disabled: 'the webhook was switched off before the event was delivered',
  event_gone: 'what the event tells of is not there any more',
}
