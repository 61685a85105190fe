import { setTimeout as sleep } from 'node:timers/promises'
import type { Entry, Ledger } from './ledger.ts'
import { type Came, count, redeemEntry, redeemTwice, refreshEntry, revokeEntry } from './moves.ts'
import { type Chance, chanceFrom } from './random.ts'
import type { Pair } from './town.ts'
import { ask, type Door, redeem } from './wire.ts'

/** What the servers are told that a code lives, in seconds. */
export const codeSeconds = 600

/** Clients at work: what they do, at which servers, and how they remember it. */
export interface Traffic {
  /** Asks no more, and resolves when everybody has their last answer. */
  stop(): Promise<void>
}

interface TrafficOptions {
  readonly pairs: readonly Pair[]
  readonly doors: readonly Door[]
  readonly ledger: Ledger
  readonly chance: Chance
  readonly workers?: number
  /** Whether users say yes at the front meanwhile. */
  readonly consents?: boolean
}

/** Each worker has pairs of its own, and does one thing after the other, so that it knows what must have become of each. */
export function startTraffic({
  pairs,
  doors,
  ledger,
  chance,
  workers = 8,
  consents = true,
}: TrafficOptions): Traffic {
  const stopping = new AbortController()
  const working = Array.from({ length: workers }, (_, index) =>
    work({
      pairs: pairs.filter((_, at) => at % workers === index),
      doors,
      ledger,
      chance: chanceFrom(chance.below(2 ** 31)),
      consents,
      signal: stopping.signal,
    }),
  )
  return {
    async stop() {
      stopping.abort()
      await Promise.all(working)
    },
  }
}

interface Worker {
  readonly pairs: readonly Pair[]
  readonly doors: readonly Door[]
  readonly ledger: Ledger
  readonly chance: Chance
  readonly consents: boolean
  readonly signal: AbortSignal
}

/** How many of its latest grants a worker goes back to. */
const remembered = 40

async function work(worker: Worker): Promise<void> {
  const { pairs, chance, signal } = worker
  if (pairs.length === 0) return
  while (!signal.aborted) {
    const came = await doSomething(worker, chance.pick(pairs))
    if (came !== 'answered') await sleep(came === 'nothing' ? 5 : 20)
  }
}

async function doSomething(worker: Worker, pair: Pair): Promise<Came | 'nothing'> {
  const { ledger, chance, doors } = worker
  const door = chance.pick(doors)
  const open = pair.held
    .slice(-remembered)
    .find(({ fate, refreshingSince }) => fate === 'unknown' || refreshingSince !== undefined)
  // Half of what was cut off is tried again at once, as clients do; the rest is left as it is.
  if (open !== undefined && chance.happens(0.5)) return again(worker, pair, open)
  const roll = chance.next()
  if (roll < 0.06) return strange(worker, door, pair)
  if (roll < 0.09 && worker.consents) return consent(ledger, door, pair)
  if (roll < 0.1) return endPair(worker, pair)
  const held = pair.held.slice(-remembered).filter(({ fate, ended }) => fate === 'granted' && ended !== 'yes')
  if (held.length > 0 && roll < 0.42) {
    const entry = chance.pick(held)
    if (roll < 0.17) return redeemEntry(ledger, door, entry)
    if (roll < 0.24) return revokeEntry(ledger, chance.pick(doors.filter(({ standard }) => standard)), entry)
    return entry.refresh_token === undefined ? 'nothing' : refreshEntry(ledger, door, entry)
  }
  const entry = pair.fresh.shift()
  if (entry === undefined) return 'nothing'
  const came =
    roll > 0.94
      ? await redeemTwice(ledger, [door, chance.pick(doors)], entry)
      : await redeemEntry(ledger, door, entry)
  if (came === 'unsent') pair.fresh.unshift(entry)
  else pair.held.push(entry)
  return came
}

/** Half of them are tried once more. What is not is left unknown, as by an app that died as well. */
async function again({ ledger, chance, doors }: Worker, pair: Pair, entry: Entry): Promise<Came> {
  if (entry.refreshingSince !== undefined) return refreshEntry(ledger, chance.pick(doors), entry)
  if (chance.happens(0.5)) return redeemEntry(ledger, chance.pick(doors), entry)
  pair.held.splice(pair.held.indexOf(entry), 1)
  return 'answered'
}

/** Somebody who is nobody, with a code that stays good. */
async function strange({ ledger, chance }: Worker, door: Door, pair: Pair): Promise<Came> {
  const [code] = pair.fresh
  if (code === undefined) return 'answered'
  const outcome = await redeem(
    door,
    code,
    chance.happens(0.5) ? 'not the secret' : `${code.app.client_secret}x`,
  )
  ledger.touch(code)
  const came = count(ledger, outcome, 'a wrong signature')
  if (came !== 'answered' || outcome.kind !== 'answered') return came
  ledger.counts.refused++
  if (outcome.status !== 401)
    ledger.breach('answers', `a wrong signature was answered with ${outcome.status}`)
  return came
}

/** A user says yes at the front. The code that was answered is as good as any. */
export async function consent(ledger: Ledger, door: Door, { app, user, fresh }: Pair): Promise<Came> {
  if (app.dialect !== 'storx') return 'answered'
  const { client_id, redirect_uri } = app
  const scope = ['read', 'list']
  const { token } = user
  const asked = await ask(`${door.url}/api/v0/oauth2/request`, {
    token,
    json: { client_id, redirect_uri, scope },
  })
  const came = count(ledger, asked, 'an authorization request')
  if (came !== 'answered' || asked.kind !== 'answered') return came
  const { request_id } = asked.body
  const decided = await ask(`${door.url}/api/v0/oauth2/consent`, {
    token,
    json: { request_id, approve: true, approved_scopes: scope, rejected_scopes: [] },
  })
  const decision = count(ledger, decided, 'a consent')
  if (decision !== 'answered' || decided.kind !== 'answered') return decision
  if (asked.status !== 200 || decided.status !== 200)
    ledger.breach('answers', `a consent was answered with ${asked.status}, ${decided.status}`)
  else {
    const expires_at = Math.floor(Date.now() / 1000) + door.ahead() + codeSeconds
    const code = String(decided.body.code)
    fresh.unshift(ledger.add({ app, user, dialect: 'storx', code, expires_at }))
  }
  return came
}

/** The user ends all access of the app: the codes that wait, the grants, the keys. Until somebody says it is done. */
async function endPair({ ledger, doors, chance }: Worker, pair: Pair): Promise<Came> {
  const { held } = pair
  const all = [...pair.fresh, ...held]
  for (;;) {
    const door = chance.pick(doors)
    const outcome = await ask(`${door.url}/api/v0/auth/developer-access/${pair.app.client_id}/revoke`, {
      method: 'DELETE',
      token: pair.user.token,
    })
    const came = count(ledger, outcome, 'the end of an app’s access')
    if (came === 'answered' && outcome.kind === 'answered') {
      if (![200, 404].includes(outcome.status))
        ledger.breach('answers', `ending an app’s access was answered with ${outcome.status}`)
      ledger.counts.ended++
      for (const entry of all) {
        entry.ended = 'yes'
        ledger.touch(entry)
      }
      pair.fresh.splice(0)
      held.splice(0)
      return came
    }
    await sleep(20)
  }
}
