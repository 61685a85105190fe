import type { Entry, Ledger } from './ledger.ts'
import { type Door, introspect, type Outcome, patienceMs, redeem, refresh, revoke } from './wire.ts'

/** What one thing that a client did came to: it was answered, or nobody knows, or nobody even listened. */
export type Came = 'answered' | 'unknown' | 'unsent'

/** Within this, the answer to a refresh that was lost is given once more; the server says 30 s. */
const retryMs = 25_000

/** Redeems the code; whatever comes back must fit what is known of it. */
export async function redeemEntry(ledger: Ledger, door: Door, entry: Entry): Promise<Came> {
  const before = { fate: entry.fate, ended: entry.ended }
  const outcome = await redeem(door, entry)
  ledger.touch(entry)
  const came = count(ledger, outcome, `redeeming a code at ${door.url}`)
  if (came === 'unsent') return came
  if (came === 'unknown' || outcome.kind !== 'answered') {
    if (before.fate === 'fresh') entry.fate = 'unknown'
    else if (before.fate === 'granted' && entry.ended === 'no') entry.ended = 'maybe'
    return 'unknown'
  }
  if (outcome.status === 200) {
    granted(ledger, entry, outcome)
    if (before.ended === 'yes') ledger.breach('revoked', 'a code that was ended was granted')
    return came
  }
  ledger.counts.refused++
  const refused = `${outcome.status} ${String(outcome.body.error)}`
  if (before.fate === 'fresh' && isOver(entry, door)) return came
  if (!['400 invalid_code', '400 invalid_grant'].includes(refused))
    ledger.breach('answers', `redeeming a code was answered with ${refused}`)
  else if (before.fate === 'fresh' && before.ended === 'no')
    ledger.breach('lost', `a good code was refused: ${String(outcome.body.error_description)}`)
  // A second use ends what the first one gave.
  entry.ended = 'yes'
  if (entry.fate !== 'granted') entry.fate = 'lost'
  return came
}

/** Whether the code may have expired, by the clock of this server. */
const isOver = ({ expires_at }: Entry, door: Door): boolean =>
  expires_at !== undefined && expires_at <= Date.now() / 1000 + door.ahead() + 1

function granted(ledger: Ledger, entry: Entry, { body }: Extract<Outcome, { kind: 'answered' }>): void {
  ledger.counts.granted++
  if (entry.fate === 'granted' || entry.fate === 'lost') ledger.breach('once', 'a code gave two grants')
  entry.fate = 'granted'
  entry.access_grant = String(body.access_grant)
  if (typeof body.refresh_token === 'string') entry.refresh_token = body.refresh_token
}

/** Redeems the code twice at the same moment. At most one is granted; then the other one ends it. */
export async function redeemTwice(ledger: Ledger, doors: readonly [Door, Door], entry: Entry): Promise<Came> {
  const outcomes = await Promise.all(doors.map((door) => redeem(door, entry)))
  ledger.touch(entry)
  const cames = outcomes.map((outcome) => count(ledger, outcome, 'redeeming a code twice'))
  for (const outcome of outcomes)
    if (outcome.kind === 'answered' && outcome.status === 200) granted(ledger, entry, outcome)
  const sent = cames.filter((came) => came !== 'unsent')
  if (sent.length === 0) return 'unsent'
  if (entry.fate === 'fresh' && doors.some((door) => isOver(entry, door))) return 'answered'
  const refused = outcomes.some((outcome) => outcome.kind === 'answered' && outcome.status === 400)
  if (refused) {
    ledger.counts.refused++
    entry.ended = 'yes'
    if (entry.fate === 'fresh') entry.fate = 'lost'
  } else if (sent.includes('unknown')) {
    if (entry.fate === 'granted') entry.ended = 'maybe'
    else entry.fate = 'unknown'
  } else if (sent.length === 2) ledger.breach('once', 'of two at once with one code, neither was refused')
  return sent.includes('unknown') ? 'unknown' : 'answered'
}

/** Renews the access. An answer that was lost is had again, and what was ended stays ended. */
export async function refreshEntry(ledger: Ledger, door: Door, entry: Entry): Promise<Came> {
  const { refresh_token, access_grant } = entry
  if (refresh_token === undefined || access_grant === undefined) return 'answered'
  const since = performance.now()
  const outcome = await refresh(door, entry.app, { refresh_token, access_grant })
  ledger.touch(entry)
  const came = count(ledger, outcome, `refreshing at ${door.url}`)
  if (came === 'unsent') return came
  if (came === 'unknown' || outcome.kind !== 'answered') {
    entry.refreshingSince ??= since
    return 'unknown'
  }
  const retriedLate =
    entry.refreshingSince !== undefined && performance.now() - entry.refreshingSince > retryMs
  delete entry.refreshingSince
  if (outcome.status === 200) {
    if (entry.ended === 'yes') ledger.breach('revoked', 'an ended access was refreshed')
    ledger.counts.refreshed++
    entry.access_grant = String(outcome.body.access_grant)
    entry.refresh_token = String(outcome.body.refresh_token)
    return came
  }
  ledger.counts.refused++
  if (outcome.body.error !== 'invalid_grant')
    ledger.breach('answers', `refreshing was answered with ${outcome.status} ${String(outcome.body.error)}`)
  else if (entry.ended === 'no' && !retriedLate)
    ledger.breach('lost', `a good refresh token was refused: ${String(outcome.body.error_description)}`)
  entry.ended = 'yes'
  return came
}

/** Gives the access back. */
export async function revokeEntry(ledger: Ledger, door: Door, entry: Entry): Promise<Came> {
  const token = entry.refresh_token ?? entry.access_grant
  if (token === undefined) return 'answered'
  const outcome = await revoke(door, entry.app, token)
  ledger.touch(entry)
  const came = count(ledger, outcome, `revoking at ${door.url}`)
  if (came === 'unknown' && entry.ended === 'no') entry.ended = 'maybe'
  if (came !== 'answered' || outcome.kind !== 'answered') return came
  if (outcome.status === 200) {
    ledger.counts.ended++
    entry.ended = 'yes'
  } else
    ledger.breach('answers', `revoking was answered with ${outcome.status} ${String(outcome.body.error)}`)
  return came
}

/** Whether the access grant works, as the storage gateway would ask. Undefined when nobody answered. */
export async function works(ledger: Ledger, door: Door, entry: Entry): Promise<boolean | undefined> {
  const outcome = await introspect(door, entry.app, entry.access_grant ?? '')
  if (count(ledger, outcome, `introspecting at ${door.url}`) !== 'answered') return undefined
  return outcome.kind === 'answered' && outcome.status === 200 && outcome.body.active === true
}

/** Counts a request. A 5xx that no fault explains, and an answer that never comes, break an invariant. */
export function count(ledger: Ledger, outcome: Outcome, about: string): Came {
  if (outcome.kind === 'unsent') return 'unsent'
  const { counts } = ledger
  counts.requests++
  const faulty = outcome.sentAt < ledger.calmSince
  if (outcome.kind === 'cut') {
    counts.unknown++
    if (outcome.late) ledger.breach('answers', `${about}: no answer within ${patienceMs / 1000} s`)
    else if (!faulty) ledger.breach('answers', `${about}: cut off (${outcome.why}), though nothing was wrong`)
    return 'unknown'
  }
  if (outcome.status < 500) return 'answered'
  if (outcome.status === 503 && faulty) counts.unavailable++
  else ledger.breach('answers', `${about} was answered with ${outcome.status} ${String(outcome.body.error)}`)
  return 'unknown'
}
