import type { ExplainedTokenRequestAnswer } from '@valetkey/protocol'
import { type Acting, audited } from '../audited.ts'
import type { Deps } from '../deps.ts'
import { traceTtlSeconds } from '../domain/token-request.ts'
import { limitRate } from '../http/limits.ts'
import { refuse } from '../refusals.ts'
import { viewerOf } from '../viewers.ts'
import { idsOf } from './token-requests.ts'
import {
  createWatch,
  type Inbox,
  lateness,
  mostAtOnce,
  type Sighting,
  sightingsOf,
} from './watch-token-requests.ts'

/** After so long the stream ends and the client comes again, signed in or not, in seconds. */
const longestTail = 3600
/** So far back a tail goes on, in seconds; what is older is in the list. */
const longestGap = 3600
/** Open at once on one server: each asks for its session once a second and has a connection. */
const mostTails = { ofAccount: 5, ofServer: 100 }
/** When to come again instead, in seconds. */
const placeFree = 10
/** What the id of an event remembers: with eight characters each, short enough for a header. */
const mostNames = 500

export interface TailEvent {
  /** Where a later tail goes on. */
  readonly id: string
  readonly event: 'token_request'
  readonly data: ExplainedTokenRequestAnswer
}

export interface TailForm {
  readonly client_id?: string | undefined
  readonly last_event_id?: string | undefined
}

/** `gone` aborts when nobody reads any more: it ends the tail and frees its place. */
export type TailTokenRequests = (
  by: Acting,
  form: TailForm,
  gone: AbortSignal,
) => Promise<AsyncIterable<TailEvent>>

/**
 * The token requests of the developer's clients as they come, oldest first, from now on or after `last_event_id`, for as
 * long as the session lasts. Whatever server answered them: they are read from the database, for all tails together
 * once in `pollMs`.
 *
 * @refuses rate_limited request_malformed
 */
export function createTail(deps: Deps, { pollMs = 1000 } = {}): TailTokenRequests {
  const { clock } = deps
  const takePlace = createPlaces()
  const watch = createWatch(deps, pollMs)
  return async (by, { client_id, last_event_id }, gone) => {
    await limitRate(deps, 'token_request_tail', by)
    const own = idsOf(await viewerOf(deps, by.account), client_id)
    const resource = own.find((one) => one === client_id) ?? 'all'
    return audited(deps, by, 'token_request.tailed', resource, async () => {
      const now = clock.now()
      const place = last_event_id === undefined ? { from: now, told: [] } : placeOf(last_event_id, now)
      takePlace(by, gone)
      const before = async () => (last_event_id === undefined ? [] : missed(deps, by, own, place))
      const inbox = watch(by.account.id, gone)
      return events(deps, by, { opened_at: now, client_id, place, before, inbox, gone, pollMs })
    })
  }
}

/** Counts the tails that are open. */
function createPlaces(): (by: Acting, gone: AbortSignal) => void {
  const taken: string[] = []
  return ({ account: { id } }, gone) => {
    const ofAccount = taken.filter((one) => one === id).length
    if (ofAccount >= mostTails.ofAccount || taken.length >= mostTails.ofServer)
      throw refuse('rate_limited', { retry_after: placeFree })
    if (gone.aborted) return
    taken.push(id)
    gone.addEventListener('abort', () => taken.splice(taken.indexOf(id), 1), { once: true })
  }
}

interface OpenTail {
  /** Epoch seconds. */
  readonly opened_at: number
  /** The only client to be told of, if there is one. */
  readonly client_id: string | undefined
  readonly place: TailPlace
  /** What came before the inbox was there. What came at the same time may be in both. */
  before(): Promise<readonly Sighting[]>
  readonly inbox: Inbox
  readonly gone: AbortSignal
  readonly pollMs: number
}

async function* events(
  { store, clock }: Deps,
  { session }: Acting,
  { opened_at, client_id, place, before, inbox, gone, pollMs }: OpenTail,
): AsyncGenerator<TailEvent> {
  const signedIn = async () =>
    (await store.sessions.find(session.token_hash, 'developer', clock.now())) !== undefined
  let { from } = place
  let told = place.told.map((name) => ({ name, at: opened_at }))
  let names = new Set(place.told)
  for (let came = await before(); !gone.aborted; came = await inbox.take(pollMs)) {
    const now = clock.now()
    if (now - opened_at >= longestTail || !(await signedIn())) return
    for (const { trace, explained } of came) {
      const name = nameOf(trace.trace_id)
      const asked = client_id === undefined || trace.filed_under === client_id
      if (!asked || trace.at < place.from || names.has(name)) continue
      const data = await explained()
      // Between two events somebody may have signed out.
      if (gone.aborted || !(await signedIn())) return
      told.push({ name, at: trace.at })
      names.add(name)
      yield { id: idOf(from, told), event: 'token_request', data }
    }
    from = Math.max(from, now - lateness)
    told = told.filter(({ at }) => at >= from)
    names = new Set(told.map(({ name }) => name))
  }
}

/** What a tail that goes on has missed, oldest first. */
async function missed(
  deps: Deps,
  { account }: Acting,
  filed_under: readonly string[],
  { from }: TailPlace,
): Promise<readonly Sighting[]> {
  const filter = { filed_under, from, since: deps.clock.now() - traceTtlSeconds }
  const found = await deps.store.traces.list(filter, { limit: mostAtOnce })
  return sightingsOf(deps, account.id, found.toReversed())
}

/** Where a tail goes on: the second from which it looks, and the names of what it told since. No gap, and nothing twice. */
interface TailPlace {
  /** Epoch seconds. */
  readonly from: number
  readonly told: readonly string[]
}

/** Eight of its 32 digits tell a trace from the few hundred of the same seconds. */
const nameOf = (trace_id: string): string => trace_id.slice(0, 8)

/** After a flood it remembers the newest alone, and goes on from the oldest of those. */
function idOf(from: number, told: readonly { readonly name: string; readonly at: number }[]): string {
  const newest = told.slice(-mostNames)
  const since = newest.length < told.length ? Math.min(...newest.map(({ at }) => at)) : from
  return `${Math.max(from, since)}.${newest.map(({ name }) => name).join('')}`
}

function placeOf(id: string, now: number): TailPlace {
  const [, from, told = ''] = /^(\d{1,12})\.((?:[0-9a-f]{8})*)$/.exec(id) ?? []
  if (from === undefined)
    throw refuse('request_malformed', { description: 'Last-Event-ID: not one of ours.' })
  const names = told.match(/.{8}/g) ?? []
  return { from: Math.min(now, Math.max(Number(from), now - longestGap)), told: names.slice(-mostNames) }
}
