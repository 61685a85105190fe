import type { Acting } from '../audited.ts'
import type { Deps } from '../deps.ts'
import type { AccountKind } from '../domain/account.ts'
import type { Accounts } from '../store/accounts.ts'

/** Somebody at one of the two doors who is not signed in, and from where. */
export type Visitor = Pick<Acting, 'kind' | 'caller'>

/** What tells the addresses of one door from those of the other. */
interface Door {
  /** What the addresses of its pages begin with. */
  readonly pages: string
  /** What the addresses of its API begin with. */
  readonly api: string
  /** The page that people come to when they ask for no other. */
  readonly home: string
}

export const doors: Readonly<Record<AccountKind, Door>> = {
  developer: { pages: '/console', api: '/api/v0/developer/auth', home: '/console' },
  user: { pages: '', api: '/api/v0/auth', home: '/apps' },
}

/** The page for signing in, which leads on to `return_to`. */
export function signInAddress(kind: AccountKind, return_to?: string): string {
  const path = `${doors[kind].pages}/sign-in`
  return return_to === undefined ? path : `${path}?return_to=${encodeURIComponent(return_to)}`
}

/** The table of this kind of account. */
export function accountsOf({ store }: Pick<Deps, 'store'>, kind: AccountKind): Accounts {
  return kind === 'developer' ? store.developers : store.users
}
