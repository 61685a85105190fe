import {
  secondsPerDay,
  type WebhookAnswer,
  type WebhookChangeForm,
  type WebhookSecretAnswer,
  type WebhookSecretForm,
} from '@valetkey/protocol'
import { type Acting, audited } from '../audited.ts'
import type { Deps } from '../deps.ts'
import { limitRate } from '../http/limits.ts'
import { fitFields, makeWebhookSecret, ownWebhook } from './own-webhook.ts'
import { getWebhook } from './read-webhooks.ts'

/**
 * Changes the fields that are given, and switches the endpoint on or off.
 *
 * @refuses rate_limited webhook_not_found request_malformed webhook_url_unfit client_not_found
 */
export async function changeWebhook(
  deps: Deps,
  by: Acting,
  id: string,
  form: WebhookChangeForm,
): Promise<WebhookAnswer> {
  const { store, clock } = deps
  await limitRate(deps, 'webhook_change', by)
  const webhook = await ownWebhook(deps, by, id)
  await audited(deps, by, 'webhook.changed', webhook.id, async () => {
    await store.webhooks.change(webhook.id, await fitFields(deps, by, form))
    if (form.state === 'active') await store.webhooks.enable(webhook.id, clock.now())
    if (form.state === 'disabled') await store.webhooks.disable(webhook.id, 'developer', clock.now())
  })
  return getWebhook(deps, by, webhook.id)
}

/**
 * A new secret, shown this once. Deliveries are signed with the present one as well for `keep_previous_for` seconds, a
 * day unless said otherwise; one that was about to end before that ends now.
 *
 * @refuses rate_limited webhook_not_found
 */
export async function rotateWebhookSecret(
  deps: Deps,
  by: Acting,
  id: string,
  form: WebhookSecretForm,
): Promise<WebhookSecretAnswer> {
  await limitRate(deps, 'webhook_change', by)
  const webhook = await ownWebhook(deps, by, id)
  return audited(deps, by, 'webhook.secret_rotated', webhook.id, async () => {
    const { secret, row } = makeWebhookSecret(deps, webhook.id)
    const keptFor = form?.keep_previous_for ?? secondsPerDay
    await deps.store.webhooks.rotateSecret(row, row.created_at + keptFor)
    return { id: webhook.id, secret }
  })
}

/** Deletes an endpoint; what was on its way to it is dropped. @refuses rate_limited webhook_not_found */
export async function deleteWebhook(deps: Deps, by: Acting, id: string): Promise<void> {
  await limitRate(deps, 'webhook_change', by)
  const webhook = await ownWebhook(deps, by, id)
  await audited(deps, by, 'webhook.deleted', webhook.id, () => deps.store.webhooks.delete(webhook.id))
}
