import {
  type ClientHealthAnswer,
  durationInWords,
  rfc3339,
  secondsPerDay,
  suspendedInWords,
} from '@valetkey/protocol'
import type { Acting } from '../audited.ts'
import type { Deps } from '../deps.ts'
import { type ClientSecret, isUsable } from '../domain/client.ts'
import { traceTtlSeconds } from '../domain/token-request.ts'
import { type Reason, refusals } from '../refusals.ts'
import type { FiledTokenRequest } from '../store/traces.ts'
import { ownClient } from './own-client.ts'

/** So many of the last requests that were granted say how the app's clock goes. */
const clockSamples = 100
/** A secret that nobody used for so long is in no deployment any more, in seconds. */
const unusedFor = 7 * secondsPerDay
/** A third of what the server forgives by default: time to look, before requests are refused. In seconds. */
const noticeableSkew = 10

/** How a client's token requests go: what succeeds, what fails and why, its clock, its secrets. @refuses client_not_found */
export async function clientHealth(deps: Deps, by: Acting, id: string): Promise<ClientHealthAnswer> {
  const { store, clock } = deps
  const client = await ownClient(deps, by, id)
  const now = clock.now()
  const filter = { filed_under: [client.client_id], since: now - traceTtlSeconds }
  const [granted, counts, all] = await Promise.all([
    // Of those alone: what strangers send in the client's name pushes none of them out.
    store.traces.list({ ...filter, outcome: 'granted' }, { limit: clockSamples }),
    store.traces.counts(client.client_id, now - secondsPerDay),
    store.clients.secrets(client.id),
  ])
  const usable = all.filter((secret) => isUsable(secret, now))
  const secrets = usable.map((secret) => ({
    id: secret.id,
    created_at: rfc3339(secret.created_at),
    retires_at: secret.retires_at === null ? null : rfc3339(secret.retires_at),
    last_used_at: secret.last_used_at === null ? null : rfc3339(secret.last_used_at),
    means: secretInWords(secret, usable, now),
  }))
  const clock_skew = skewOf(granted)
  const [lastSuccess] = granted
  return {
    client_id: client.client_id,
    last_success_at: lastSuccess === undefined ? null : rfc3339(lastSuccess.at),
    granted: counts.find(({ reason }) => reason === '')?.requests ?? 0,
    failures: counts.filter(({ reason }) => reason !== '').map(failureInWords),
    clock_skew,
    secrets,
    hints: [
      ...(client.state === 'inactive' ? ['The client is deactivated: every token request is refused.'] : []),
      ...(client.state === 'suspended' ? [suspendedInWords.whole] : []),
      ...(clock_skew !== null && Math.abs(clock_skew.seconds) >= noticeableSkew
        ? [
            `The app's clock is ${durationInWords(Math.abs(clock_skew.seconds))} ${clock_skew.seconds > 0 ? 'ahead of' : 'behind'} ours: set it by NTP.`,
          ]
        : []),
      // The newest is in its place; of an older one that still works it is worth knowing whether it may go.
      ...secrets.slice(1).map(({ created_at, means }) => `The secret of ${created_at} was ${means}.`),
    ],
  }
}

function failureInWords({ reason, requests }: { reason: string; requests: number }) {
  const known = Object.hasOwn(refusals, reason) ? refusals[reason as Reason] : refusals.internal
  return { reason, requests, means: known.explanation, fix: known.fix }
}

/** What the last use of a secret says; "safe to retire" only of one that a newer one, in use, has replaced. */
function secretInWords(
  { id, created_at, last_used_at }: ClientSecret,
  usable: readonly ClientSecret[],
  now: number,
): string {
  const used = last_used_at === null ? 'never used' : `last used ${durationInWords(now - last_used_at)} ago`
  const [newest] = usable
  if (newest === undefined || newest.id === id) return `the newest, ${used}`
  const isSilent = (since: number) => now - since >= unusedFor
  if (newest.last_used_at === null) return `${used}: the newer one is not in use yet`
  if (isSilent(newest.last_used_at)) return `${used}: the newer one is not in use`
  return `${used}: ${isSilent(last_used_at ?? created_at) ? 'safe to retire' : 'something still signs with it'}`
}

/** Seconds by which the app's clock is ahead: its `Date` header or `iat` against the time of arrival, the median of them. */
function skewOf(traces: readonly FiledTokenRequest[]): ClientHealthAnswer['clock_skew'] {
  const skews = traces
    .flatMap(({ at, steps, request }) => {
      const { iat } = steps.find(({ step }) => step === 'read_claims')?.evidence ?? {}
      const told = request.date ?? iat
      return typeof told === 'number' ? [Math.round(told - at)] : []
    })
    .sort((one, other) => one - other)
  const median = skews[Math.floor(skews.length / 2)]
  return median === undefined ? null : { seconds: median, samples: skews.length }
}
