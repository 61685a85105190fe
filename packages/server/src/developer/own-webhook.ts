import {
  rfc3339,
  rfc3339OrNull,
  type WebhookAnswer,
  type WebhookChangeForm,
  webhookEventNames,
} from '@valetkey/protocol'
import type { InTheNameOf } from '../audited.ts'
import type { Deps } from '../deps.ts'
import type { Webhook, WebhookSecret } from '../domain/webhook.ts'
import { newWebhookSecret } from '../domain/webhook-signature.ts'
import { newId } from '../ids.ts'
import { OutboundRefused, outboundProblems } from '../outbound.ts'
import { refuse } from '../refusals.ts'
import { ownClient } from './own-client.ts'

/**
 * The developer's own webhook. Another developer's looks exactly like none.
 *
 * @refuses webhook_not_found
 */
export async function ownWebhook(
  { store }: Pick<Deps, 'store'>,
  { account }: Pick<InTheNameOf, 'account'>,
  id: string,
): Promise<Webhook> {
  const webhook = await store.webhooks.find(id)
  if (webhook === undefined || webhook.developer_id !== account.id) throw refuse('webhook_not_found')
  return webhook
}

/** A fresh secret: the text that is shown once, and the sealed row that is kept. */
export function makeWebhookSecret(
  deps: Pick<Deps, 'clock' | 'random' | 'sealer'>,
  webhook_id: string,
): { secret: string; row: WebhookSecret } {
  const secret = newWebhookSecret(deps.random)
  const id = newId(deps)
  const sealed_secret = deps.sealer.seal('webhook-secret', id, Buffer.from(secret))
  return { secret, row: { id, webhook_id, sealed_secret, created_at: deps.clock.now(), retires_at: null } }
}

/**
 * The fields that are given, once they are known to be fit: an address outside, one of the developer's own clients.
 *
 * @refuses webhook_url_unfit client_not_found
 */
export async function fitFields(
  deps: Pick<Deps, 'store' | 'poster'>,
  by: Pick<InTheNameOf, 'account'>,
  { url, client_id, events, description }: Omit<WebhookChangeForm, 'state'>,
): Promise<Partial<Pick<Webhook, 'url' | 'client_id' | 'events' | 'description'>>> {
  return {
    ...(url === undefined ? {} : { url: await fitUrl(deps, url) }),
    ...(client_id == null ? {} : { client_id: (await ownClient(deps, by, client_id)).client_id }),
    ...(client_id === null ? { client_id } : {}),
    ...(events === undefined ? {} : { events: webhookEventNames.filter((name) => events.includes(name)) }),
    ...(description === undefined ? {} : { description: description.trim() }),
  }
}

async function fitUrl({ poster }: Pick<Deps, 'poster'>, url: string): Promise<string> {
  try {
    await poster.check(url)
    return url
  } catch (thrown) {
    if (!(thrown instanceof OutboundRefused)) throw thrown
    throw refuse('webhook_url_unfit', {
      description: `Webhooks are not sent to this address: ${outboundProblems[thrown.code]}.`,
    })
  }
}

/** A webhook as its developer sees it. */
export async function webhookAnswer(
  { store, clock }: Pick<Deps, 'store' | 'clock'>,
  webhook: Webhook,
): Promise<WebhookAnswer> {
  const { id, url, client_id, events, description, state, failing_since, disabled_because } = webhook
  const secrets = await store.webhooks.signingSecrets(id, clock.now())
  return {
    id,
    url,
    client_id,
    events: [...events],
    description,
    state: state === 'active' && failing_since !== null ? 'failing' : state,
    failing_since: rfc3339OrNull(failing_since),
    disabled_because,
    last_attempt_at: rfc3339OrNull(webhook.last_attempt_at),
    last_success_at: rfc3339OrNull(webhook.last_success_at),
    created_at: rfc3339(webhook.created_at),
    secrets: secrets.map(({ created_at, retires_at }) => ({
      created_at: rfc3339(created_at),
      retires_at: rfc3339OrNull(retires_at),
    })),
  }
}
