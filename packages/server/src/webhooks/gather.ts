import { setImmediate } from 'node:timers/promises'
import { rfc3339 } from '@valetkey/protocol'
import type { Deps } from '../deps.ts'
import type { NewWebhookEvent } from '../domain/webhook.ts'
import { refusals } from '../refusals.ts'

type GatherDeps = Pick<Deps, 'store' | 'clock' | 'settings' | 'log'>

/**
 * Two readers go over what happened: one at its heels, and one so far behind that whatever was under way when the first
 * came by is written by then, however long its statement took and however much the clocks of the servers differ.
 */
const readers = [
  { reader: 'new', behindSeconds: 0, everySeconds: 2 },
  { reader: 'late', behindSeconds: 120, everySeconds: 60 },
] as const
const checks = { reader: 'checks', everySeconds: 15 }

/**
 * So much is read at once after a time in which nobody read, and so long in one turn: then others have theirs. However
 * much a second or a minute holds, no statement has more to do than the database does in its time.
 */
const biteSeconds = 60
const factsOfBite = 1000
const grantsOfStatement = 250
const turnMs = 1000
const tracesOfBite = 500

/**
 * Finds what endpoints want to be told of, in the records that are kept anyway, and makes deliveries of it. Nothing is
 * told to it and nothing waits in memory, so no crash loses an event; finding one twice makes one delivery. One server
 * does it at a time, whichever comes first when it is due.
 */
export async function gather(deps: GatherDeps): Promise<void> {
  const { webhooks } = deps.store
  // An endpoint hears of nothing that was before it, and where nobody listens there is nothing to do.
  const since = await webhooks.listeningSince()
  if (since === undefined) return
  const parts = [...readers.map((reader) => () => readFacts(deps, reader, since)), () => checkStates(deps)]
  // What one of them stumbles over keeps no other from its work.
  const failures: unknown[] = []
  for (const part of parts) await part().catch((thrown: unknown) => failures.push(thrown))
  if (failures.length > 0) throw failures[0]
}

async function readFacts(
  deps: GatherDeps,
  { reader, behindSeconds, everySeconds }: (typeof readers)[number],
  since: number,
): Promise<void> {
  const now = deps.clock.now()
  const turn = { now, nextAt: now + everySeconds, begin: since }
  const reached = await deps.store.webhooks.takeTurn(reader, turn)
  if (reached !== undefined) await readOn(deps, reader, Math.max(reached, since), now - behindSeconds)
}

async function checkStates(deps: GatherDeps): Promise<void> {
  const { webhooks } = deps.store
  const now = deps.clock.now()
  const nextAt = now + checks.everySeconds
  if ((await webhooks.takeTurn(checks.reader, { now, nextAt, begin: now })) === undefined) return
  await webhooks.tell(await newFailures(deps, now), now)
  await webhooks.tell(await expiringSecrets(deps, now), now)
}

async function readOn(deps: GatherDeps, reader: string, from: number, to: number): Promise<void> {
  const { webhooks } = deps.store
  const enough = performance.now() + turnMs
  let at = from
  while (at < to && performance.now() < enough) {
    // Hours in which nothing happened are passed over at once.
    if (to - at > biteSeconds) at = Math.min(to, (await webhooks.nextFact(at)) ?? to)
    const until = await webhooks.biteEnd(at, Math.min(to, at + biteSeconds), factsOfBite)
    await webhooks.tellApproved(at, until, { now: deps.clock.now(), atOnce: grantsOfStatement })
    await webhooks.tell(await retiredSecretsUsed(deps, at, until), deps.clock.now())
    await webhooks.reached(reader, until)
    at = until
    await setImmediate()
  }
}

/** Once a day and secret, however often it is tried. */
async function retiredSecretsUsed(
  { store, settings }: GatherDeps,
  from: number,
  to: number,
): Promise<readonly NewWebhookEvent[]> {
  const traces = await store.webhooks.tracesWith('"secret_retired"', from, to, tracesOfBite)
  const first = new Map<string, NewWebhookEvent>()
  for (const { trace_id, at, client_id, steps } of traces) {
    const secret_id = retiredSecretIn(steps)
    if (secret_id === undefined) continue
    const event_id = `secret_used_${secret_id}_${rfc3339(at).slice(0, 10)}`
    if (first.has(event_id)) continue
    const data = { client_id, secret_id, trace_id, explanation_url: explanationOf(settings, trace_id) }
    first.set(event_id, {
      event_id,
      type: 'client_secret.used_after_retirement',
      client_id,
      created_at: at,
      data: JSON.stringify(data),
    })
  }
  return [...first.values()]
}

function retiredSecretIn(steps: string): string | undefined {
  const read: unknown = JSON.parse(steps)
  const found = Array.isArray(read)
    ? read.find((step) => step?.evidence?.cause === 'secret_retired')
    : undefined
  const id: unknown = found?.evidence?.signed_with_secret
  return typeof id === 'string' ? id : undefined
}

async function newFailures(
  { store, settings }: GatherDeps,
  now: number,
): Promise<readonly NewWebhookEvent[]> {
  const events: NewWebhookEvent[] = []
  for (const { client_id, reason, hour } of await store.webhooks.newFailures(now)) {
    const [trace] = await store.traces.list({ filed_under: [client_id], reason, since: hour }, { limit: 1 })
    const trace_id = trace?.trace_id ?? null
    const data = {
      client_id,
      reason,
      explanation: explanationsOfReasons.get(reason) ?? null,
      trace_id,
      explanation_url: trace_id === null ? null : explanationOf(settings, trace_id),
    }
    events.push({
      event_id: `failed_${client_id}_${reason}_${rfc3339(hour).slice(0, 13)}`,
      type: 'token_request.failed',
      client_id,
      created_at: trace?.at ?? now,
      data: JSON.stringify(data),
    })
  }
  return events
}

const explanationsOfReasons: ReadonlyMap<string, string> = new Map(
  Object.entries(refusals).map(([reason, { explanation }]) => [reason, explanation]),
)

async function expiringSecrets(
  { store, settings }: GatherDeps,
  now: number,
): Promise<readonly NewWebhookEvent[]> {
  const secrets = await store.webhooks.expiringSecrets(now, now + settings.secret_expiry_notice * 3600)
  return secrets.map(({ id, client_id, retires_at, last_used_at }) => ({
    event_id: `secret_expiring_${id}_${retires_at}`,
    type: 'client_secret.expiring',
    client_id,
    created_at: now,
    data: JSON.stringify({
      client_id,
      secret_id: id,
      retires_at: rfc3339(retires_at),
      last_used_at: rfc3339(last_used_at),
    }),
  }))
}

const explanationOf = ({ public_url }: { readonly public_url: string }, trace_id: string): string =>
  `${public_url}/console/token-requests/${trace_id}`
