import type { Acting } from '../audit.ts'
import type { Caller, Deps } from '../deps.ts'
import type { Account, AccountKind } from '../domain/account.ts'
import { refuse } from '../refusals.ts'
import { networkBlock } from './network-block.ts'

/** Whom hits count against: a network, whoever acts in the name of an account, or an address mails go to. */
interface Counted {
  readonly network: Pick<Caller, 'network'>
  readonly account: Pick<Acting, 'account'>
  readonly address: { readonly kind: AccountKind; readonly email: Account['email'] }
}

interface Limit {
  readonly per: keyof Counted
  readonly hits: number
  readonly windowSeconds: number
}

const hour = 3600

/**
 * How often anything may be done. A network has room for an office behind one address, an account for more than a
 * person or a deployment script needs.
 */
const limits = {
  sign_in: { per: 'network', hits: 300, windowSeconds: 300 },
  registration: { per: 'network', hits: 300, windowSeconds: hour },
  activation: { per: 'network', hits: 100, windowSeconds: hour },
  mail: { per: 'network', hits: 100, windowSeconds: hour },
  mailed_token: { per: 'network', hits: 200, windowSeconds: hour },
  activation_mail: { per: 'address', hits: 5, windowSeconds: hour },
  reset_mail: { per: 'address', hits: 5, windowSeconds: hour },
  change_password: { per: 'account', hits: 10, windowSeconds: 900 },
  project: { per: 'account', hits: 50, windowSeconds: hour },
  authorization_request: { per: 'account', hits: 120, windowSeconds: 600 },
  /** Of clients that proved nothing: public ones that push requests, or begin what a device asks. */
  unproven_request: { per: 'network', hits: 600, windowSeconds: hour },
  posted_request: { per: 'network', hits: 300, windowSeconds: 300 },
  user_code: { per: 'account', hits: 5, windowSeconds: 600 },
  user_code_here: { per: 'network', hits: 60, windowSeconds: hour },
  access_revoke: { per: 'account', hits: 600, windowSeconds: hour },
  client_register: { per: 'account', hits: 100, windowSeconds: hour },
  client_change: { per: 'account', hits: 1000, windowSeconds: hour },
  access_log_read: { per: 'account', hits: 2000, windowSeconds: hour },
  access_log_export: { per: 'account', hits: 60, windowSeconds: hour },
  token_request_list: { per: 'account', hits: 600, windowSeconds: hour },
  token_request_read: { per: 'account', hits: 60, windowSeconds: hour },
  token_request_diagnose: { per: 'account', hits: 60, windowSeconds: hour },
  token_request_tail: { per: 'account', hits: 60, windowSeconds: hour },
  audit_log_read: { per: 'account', hits: 2000, windowSeconds: hour },
  audit_log_export: { per: 'account', hits: 60, windowSeconds: hour },
} as const satisfies Record<string, Limit>

type Limits = typeof limits

/**
 * Counts one hit and refuses when the window is full. Rows in the database, so all servers count together.
 *
 * @refuses rate_limited
 */
export async function limitRate<What extends keyof Limits>(
  { store, clock, settings }: Pick<Deps, 'store' | 'clock' | 'settings'>,
  what: What,
  whom: Counted[Limits[What]['per']],
): Promise<void> {
  if (!settings.rate_limits) return
  const { hits, windowSeconds } = limits[what]
  const now = clock.now()
  const counted = await store.limits.hit(keyOf(what, whom), windowSeconds, now)
  if (counted.hits > hits) throw tooMany(counted, now)
}

/** Takes back a hit of what did no harm, for what is counted before it is known whether it does. */
export async function giveBack<What extends keyof Limits>(
  { store, settings }: Pick<Deps, 'store' | 'settings'>,
  what: What,
  whom: Counted[Limits[What]['per']],
): Promise<void> {
  if (settings.rate_limits) await store.limits.giveBack(keyOf(what, whom))
}

const keyOf = (what: keyof Limits, whom: Counted[keyof Counted]): string =>
  `${what}:${limits[what].per}:${nameOf(whom)}`

const tooMany = ({ resets_at }: { resets_at: number }, now: number) =>
  refuse('rate_limited', { retry_after: Math.max(1, resets_at - now) })

function nameOf(whom: Counted[keyof Counted]): string {
  if ('account' in whom) return whom.account.id
  return 'email' in whom ? `${whom.kind}:${whom.email}` : networkBlock(whom.network)
}
