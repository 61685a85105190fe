import { type WebhookDeliveryAnswer, webhookTestEvent } from '@valetkey/protocol'
import { type Acting, audited } from '../audited.ts'
import type { Deps } from '../deps.ts'
import type { Delivery } from '../domain/webhook.ts'
import { limitRate } from '../http/limits.ts'
import { newId } from '../ids.ts'
import { refuse } from '../refusals.ts'
import { attempt, leaseSeconds } from '../webhooks/attempt.ts'
import { ownWebhook } from './own-webhook.ts'
import { deliveryAnswer } from './read-webhooks.ts'

/**
 * Sends a `webhook.test` now, once, and answers what came of it.
 *
 * @refuses rate_limited webhook_not_found webhook_disabled
 */
export async function testWebhook(deps: Deps, by: Acting, id: string): Promise<WebhookDeliveryAnswer> {
  const { store, clock } = deps
  await limitRate(deps, 'webhook_test', by)
  const webhook = await ownWebhook(deps, by, id)
  return audited(deps, by, 'webhook.tested', webhook.id, async () => {
    if (webhook.state === 'disabled') throw refuse('webhook_disabled')
    const now = clock.now()
    const delivery: Delivery = {
      webhook_id: webhook.id,
      event_id: `test_${newId(deps)}`,
      type: webhookTestEvent,
      client_id: webhook.client_id,
      data: JSON.stringify({ webhook_id: webhook.id, client_id: webhook.client_id }),
      subject: null,
      created_at: now,
      state: 'waiting',
      // Taken already: by this very call.
      attempts: 1,
      due_at: now + leaseSeconds,
      last_attempt_at: now,
      status: null,
      problem: null,
      duration_ms: null,
    }
    await store.webhooks.addDelivery(delivery)
    await attempt(deps, delivery, { retry: false })
    return deliveryAnswer((await store.webhooks.findDelivery(delivery)) ?? delivery)
  })
}

/**
 * Delivers an event anew, with all attempts before it, whatever became of it.
 *
 * @refuses rate_limited webhook_not_found webhook_delivery_not_found webhook_disabled
 */
export async function redeliver(
  deps: Deps,
  by: Acting,
  id: string,
  event_id: string,
): Promise<WebhookDeliveryAnswer> {
  const { store, clock } = deps
  await limitRate(deps, 'webhook_redeliver', by)
  const webhook = await ownWebhook(deps, by, id)
  const key = { webhook_id: webhook.id, event_id }
  const known = await store.webhooks.findDelivery(key)
  if (known === undefined) throw refuse('webhook_delivery_not_found')
  return audited(deps, by, 'webhook.redelivered', webhook.id, async () => {
    if (webhook.state === 'disabled') throw refuse('webhook_disabled')
    await store.webhooks.redeliver(key, clock.now())
    return deliveryAnswer((await store.webhooks.findDelivery(key)) ?? known)
  })
}
