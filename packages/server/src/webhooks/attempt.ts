import { durationInWords, secondsPerDay } from '@valetkey/protocol'
import type { Deps, Mail } from '../deps.ts'
import type { Delivery, Webhook } from '../domain/webhook.ts'
import { nextAttemptAt } from '../domain/webhook.ts'
import { signedHeaders } from '../domain/webhook-signature.ts'
import { letter } from '../letter.ts'
import { OutboundRefused } from '../outbound.ts'
import { bodyOf } from './body.ts'

type AttemptDeps = Pick<
  Deps,
  | 'store'
  | 'clock'
  | 'random'
  | 'sealer'
  | 'poster'
  | 'mailer'
  | 'background'
  | 'log'
  | 'metrics'
  | 'settings'
>

/** An attempt takes so long at most, and whoever took a delivery and says nothing for so long is taken for dead. */
export const leaseSeconds = 60
/** An endpoint that took longer than this shares the room of slow ones. */
const slowMs = 2000

interface Answered {
  readonly status: number | null
  /** Undefined: it got through. */
  readonly problem: string | undefined
}

/** Delivers once, what was claimed for that, and notes what came of it. `retry`: whether to try again later. */
export async function attempt(deps: AttemptDeps, delivery: Delivery, { retry = true } = {}): Promise<void> {
  const { store, clock, random } = deps
  const webhook = await store.webhooks.find(delivery.webhook_id)
  // Deleted or switched off since it was claimed.
  if (webhook === undefined || webhook.state === 'disabled') return
  const begun = clock.nowMs()
  const { status, problem } = await send(deps, webhook, delivery)
  const now = clock.now()
  const duration_ms = clock.nowMs() - begun
  const chance = random(1).readUInt8(0) / 255
  const again =
    problem === undefined || !retry || status === 410
      ? undefined
      : nextAttemptAt(delivery.attempts, now, chance)
  const settled = await store.webhooks.settle(
    delivery,
    {
      state: problem === undefined ? 'delivered' : again === undefined ? 'failed' : 'waiting',
      due_at: again ?? now,
      status,
      problem: problem ?? null,
      duration_ms,
      slow: problem !== undefined || duration_ms > slowMs,
    },
    now,
  )
  if (!settled) return
  const outcome = problem === undefined ? 'delivered' : again === undefined ? 'given_up' : 'failed'
  deps.metrics.count('webhook_deliveries', { outcome })
  if (problem === undefined) return
  if (status === 410) await endWith(deps, webhook, 'gone', now)
  else if (isOverdue(deps, webhook, now)) await endWith(deps, webhook, 'failing', now)
  else if (again === undefined && retry && (await store.webhooks.warn(webhook.id, now)))
    await mail(deps, webhook, warning)
}

async function send(deps: AttemptDeps, webhook: Webhook, delivery: Delivery): Promise<Answered> {
  const { store, clock, sealer, poster, log } = deps
  try {
    const body = await bodyOf(deps, delivery)
    if (body === undefined) return { status: null, problem: 'event_gone' }
    const at = clock.now()
    const secrets = (await store.webhooks.signingSecrets(webhook.id, at)).map(({ id, sealed_secret }) =>
      sealer.open('webhook-secret', id, sealed_secret).toString(),
    )
    const headers = {
      'content-type': 'application/json',
      'user-agent': 'Valetkey-Webhooks/1',
      ...signedHeaders(secrets, { id: delivery.event_id, at, body }),
    }
    const status = await poster.post(webhook.url, headers, body)
    return { status, problem: problemOf(status) }
  } catch (thrown) {
    if (thrown instanceof OutboundRefused) return { status: null, problem: thrown.code }
    log.error('webhook_attempt_failed', { webhook_id: webhook.id, cause: thrown })
    return { status: null, problem: 'server_error' }
  }
}

function problemOf(status: number): string | undefined {
  if (status >= 200 && status < 300) return undefined
  if (status >= 300 && status < 400) return 'redirected'
  return status === 410 ? 'gone' : 'status_wrong'
}

const isOverdue = ({ settings }: AttemptDeps, { failing_since }: Webhook, now: number): boolean =>
  failing_since !== null && now - failing_since >= settings.webhook_disable_after * secondsPerDay

async function endWith(
  deps: AttemptDeps,
  webhook: Webhook,
  because: 'gone' | 'failing',
  now: number,
): Promise<void> {
  if (await deps.store.webhooks.disable(webhook.id, because, now))
    await mail(deps, webhook, because === 'gone' ? gone : ended)
}

type Words = (webhook: Webhook, deps: AttemptDeps, now: number) => Pick<Mail, 'subject' | 'text'>

/** Behind the attempt: a mail server that is away holds up no delivery. */
async function mail(deps: AttemptDeps, webhook: Webhook, words: Words): Promise<void> {
  const developer = await deps.store.developers.find(webhook.developer_id)
  if (developer?.state !== 'active') return
  const { subject, text } = words(webhook, deps, deps.clock.now())
  const page = `${deps.settings.public_url}/console/webhooks/${webhook.id}`
  const told = letter(developer, subject, [text, `What was tried, and with what result: ${page}`])
  deps.background.run('mail_failed', { webhook_id: webhook.id }, () => deps.mailer.send(told))
}

/** The host alone: a path may hold what its owner takes for a secret. */
const hostOf = ({ url }: Webhook): string => new URL(url).host

const warning: Words = (webhook, { settings }) => ({
  subject: 'A Valetkey webhook is failing',
  text: `your webhook endpoint at ${hostOf(webhook)} could not be reached or refused what it was sent, and an event was given up after ten attempts. It can be delivered again from the page below. If nothing gets through for ${settings.webhook_disable_after} days, the endpoint is switched off.`,
})

const ended: Words = (webhook, _deps, now) => ({
  subject: 'A Valetkey webhook was switched off',
  text: `nothing has got through to your webhook endpoint at ${hostOf(webhook)} for ${durationInWords(now - (webhook.failing_since ?? now))}, so it was switched off. Events are not kept for it from now on; switch it on again when it answers.`,
})

const gone: Words = (webhook) => ({
  subject: 'A Valetkey webhook was switched off',
  text: `your webhook endpoint at ${hostOf(webhook)} answered 410 Gone, so it was switched off. Events are not kept for it from now on; switch it on again if that was a mistake.`,
})
