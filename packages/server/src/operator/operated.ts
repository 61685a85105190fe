import { auditedAs, whence } from '../audited.ts'
import type { Caller, Deps } from '../deps.ts'
import type { Account, AccountKind } from '../domain/account.ts'
import { normalizeEmail } from '../domain/email.ts'
import { isUuid } from '../ids.ts'
import { refuse } from '../refusals.ts'
import type { ClientOfDeveloper } from '../store/administration.ts'

/** What an operator does something to. */
export interface Target {
  readonly id: string | null
  /** The user whom it is about: they read it among their own events. */
  readonly user_id?: string
}

/** Makes a change and records that the operator did, and how it ended. */
export function operated<T>(
  deps: Pick<Deps, 'recorder'>,
  caller: Caller,
  action: string,
  { id, user_id }: Target,
  change: () => Promise<T>,
): Promise<T> {
  const about = user_id === undefined ? {} : { user_id }
  const event = { actor_kind: 'operator', actor_id: null, ...about, action, ...whence(caller) } as const
  return auditedAs(deps, event, id, change)
}

/** The account with this address or id; not a deleted one. @refuses account_not_found */
export async function accountNamed(
  { store }: Pick<Deps, 'store'>,
  kind: AccountKind,
  who: string,
): Promise<Account> {
  const accounts = kind === 'developer' ? store.developers : store.users
  const found = isUuid(who) ? await accounts.find(who) : await accounts.findByEmail(normalizeEmail(who))
  if (found === undefined || found.state === 'deleted') throw refuse('account_not_found')
  return found
}

export const targetOf = (kind: AccountKind, { id }: Account): Target =>
  kind === 'user' ? { id, user_id: id } : { id }

/** @refuses registered_client_not_found */
export async function clientNamed({ store }: Pick<Deps, 'store'>, id: string): Promise<ClientOfDeveloper> {
  const found = await store.administration.client(id)
  if (found === undefined) throw refuse('registered_client_not_found')
  return found
}
