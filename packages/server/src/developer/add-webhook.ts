import { type WebhookForm, type WebhookSecretAnswer, webhookEventNames } from '@valetkey/protocol'
import { type Acting, audited } from '../audited.ts'
import type { Deps } from '../deps.ts'
import { maxWebhooks } from '../domain/webhook.ts'
import { limitRate } from '../http/limits.ts'
import { newId } from '../ids.ts'
import { refuse } from '../refusals.ts'
import { fitFields, makeWebhookSecret } from './own-webhook.ts'

/**
 * Adds an endpoint and answers its secret, this once.
 *
 * @refuses rate_limited request_malformed webhook_url_unfit client_not_found webhooks_too_many
 */
export async function addWebhook(deps: Deps, by: Acting, form: WebhookForm): Promise<WebhookSecretAnswer> {
  await limitRate(deps, 'webhook_change', by)
  const id = newId(deps)
  return audited(deps, by, 'webhook.added', id, async () => {
    const fields = await fitFields(deps, by, form)
    const now = deps.clock.now()
    const webhook = {
      id,
      developer_id: by.account.id,
      url: form.url,
      client_id: null,
      events: webhookEventNames,
      description: '',
      state: 'active',
      disabled_because: null,
      failing_since: null,
      warned_at: null,
      // Until it has shown that it answers.
      slow: true,
      last_attempt_at: null,
      last_success_at: null,
      created_at: now,
      listening_since: now,
      ...fields,
    } as const
    const { secret, row } = makeWebhookSecret(deps, id)
    if (!(await deps.store.webhooks.add(webhook, row, maxWebhooks))) throw refuse('webhooks_too_many')
    return { id, secret }
  })
}
