import type { Acting } from '../audit.ts'
import type { Deps } from '../deps.ts'
import type { AccountKind } from '../domain/account.ts'
import type { Accounts } from '../store/store.ts'

/** Somebody at one of the two doors who is not signed in, and from where. */
export type Visitor = Pick<Acting, 'kind' | 'caller'>

/** The table of this kind of account. */
export function accountsOf({ store }: Pick<Deps, 'store'>, kind: AccountKind): Accounts {
  return kind === 'developer' ? store.developers : store.users
}
