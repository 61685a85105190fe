import type { Acting } from '../audited.ts'
import type { Caller, Deps } from '../deps.ts'
import type { Account, AccountKind } from '../domain/account.ts'
import type { Quota } from '../rates/quota.ts'
import type { Counted, Window } from '../rates/rate-counters.ts'
import { type Refusal, refuse } from '../refusals.ts'
import { type Limit, limits } from './limit-table.ts'
import { networkBlock } from './network-block.ts'

/** Whom hits count against. */
export interface CountedAgainst {
  readonly network: Pick<Caller, 'network' | 'meets'>
  /** Whoever acts in the name of an account. */
  readonly account: Pick<Acting, 'account'> & { readonly caller?: Pick<Caller, 'meets'> }
  /** Where mails go to. */
  readonly address: { readonly kind: AccountKind; readonly email: Account['email'] }
  readonly client: ProvenClient
  /** A client as somebody names it from a network, who may be anybody. */
  readonly client_in_network: NamedClient
}

/** A client that proved who it is. */
export interface ProvenClient {
  readonly client_id: string
  /** Whether others may have seen the proof, and could send it again: then their network is counted, and no other. */
  readonly resendable: boolean
  readonly caller: Pick<Caller, 'network' | 'meets'>
}

export interface NamedClient {
  readonly named: string | null
  readonly caller: Pick<Caller, 'network' | 'meets'>
}

type Limits = typeof limits
export type LimitName = keyof Limits
export type ClientLimit = {
  [What in LimitName]: Limits[What]['per'] extends 'client' ? What : never
}[LimitName]
type Whom<What extends LimitName> = CountedAgainst[Limits[What]['per']]

type Counting = Pick<Deps, 'rates' | 'clock' | 'settings'>

/**
 * Counts one hit and refuses when the window is full.
 *
 * @refuses rate_limited
 */
export async function limitRate<What extends LimitName>(
  deps: Counting,
  what: What,
  whom: Whom<What>,
): Promise<void> {
  if (!deps.settings.rate_limits) return
  const { windowSeconds, quick }: Limit = limits[what]
  const key = `${what}:${limits[what].per}:${nameOf(whom)}`
  const now = deps.clock.now()
  const window = quick ? countQuickly(deps, what, whom) : await deps.rates.hit(key, windowSeconds, now)
  const refusal = met(deps, what, whom, window)
  if (refusal !== undefined) throw refusal
}

/** Takes back a hit of what did no harm, for what is counted before it is known whether it does. */
export async function giveBack<What extends LimitName>(
  { rates, settings }: Pick<Deps, 'rates' | 'settings'>,
  what: What,
  whom: Whom<What>,
): Promise<void> {
  if (settings.rate_limits) await rates.giveBack(`${what}:${limits[what].per}:${nameOf(whom)}`)
}

/** Counts one hit of a quick limit. Returns the refusal when it is one too many; nothing is thrown. */
export function countOne<What extends LimitName>(
  deps: Counting,
  what: What,
  whom: Whom<What>,
): Refusal | undefined {
  return deps.settings.rate_limits ? met(deps, what, whom, countQuickly(deps, what, whom)) : undefined
}

/** Refuses when the window of a quick limit is full, and counts nothing. @refuses rate_limited */
export function expectRoom<What extends LimitName>(deps: Counting, what: What, whom: Whom<What>): void {
  if (!deps.settings.rate_limits) return
  const window = deps.rates.look(countedAs(deps, what, whom), deps.clock.now())
  if (window === undefined || window.hits < hitsOf(deps, what)) return
  throw met(deps, what, whom, { ...window, hits: window.hits + 1 }) ?? refuse('rate_limited')
}

/** How many hits a window holds, as the settings say. */
export function hitsOf({ settings }: Pick<Deps, 'settings'>, what: LimitName): number {
  const { hits, setting }: Limit = limits[what]
  return setting === undefined ? hits : Number(settings[setting])
}

const countQuickly = <What extends LimitName>(deps: Counting, what: What, whom: Whom<What>): Window =>
  deps.rates.count(countedAs(deps, what, whom), deps.clock.now())

/** Servers tell each other of a window when a twentieth of it is used: most never come that far. */
function countedAs<What extends LimitName>(
  deps: Counting,
  what: What,
  whom: CountedAgainst[keyof CountedAgainst],
): Counted {
  const { windowSeconds }: Limit = limits[what]
  return {
    pool: what,
    key: nameOf(whom),
    ...('named' in whom ? { network: networkBlock(whom.caller.network) } : {}),
    windowSeconds,
    toldFrom: Math.ceil(hitsOf(deps, what) / 20),
  }
}

/** Tells whoever asked how much is left, and returns the refusal when it is less than nothing. */
function met(
  deps: Counting,
  what: LimitName,
  whom: CountedAgainst[keyof CountedAgainst],
  { hits, resets_at }: Window,
): Refusal | undefined {
  const most = hitsOf(deps, what)
  const quota: Quota = {
    limit: what,
    hits: most,
    windowSeconds: limits[what].windowSeconds,
    remaining: Math.max(0, most - hits),
    resets_in: Math.max(1, resets_at - deps.clock.now()),
  }
  if (hits > most) return refuse('rate_limited', { retry_after: quota.resets_in, quota })
  callerIn(whom)?.meets?.(quota)
  return undefined
}

function nameOf(whom: CountedAgainst[keyof CountedAgainst]): string {
  if ('account' in whom) return whom.account.id
  if ('email' in whom) return `${whom.kind}:${whom.email}`
  if ('network' in whom) return networkBlock(whom.network)
  const network = networkBlock(whom.caller.network)
  if ('named' in whom) return JSON.stringify([network, whom.named])
  return whom.resendable ? JSON.stringify([network, whom.client_id]) : whom.client_id
}

function callerIn(whom: CountedAgainst[keyof CountedAgainst]): Pick<Caller, 'meets'> | undefined {
  if ('caller' in whom) return whom.caller
  return 'network' in whom ? whom : undefined
}
