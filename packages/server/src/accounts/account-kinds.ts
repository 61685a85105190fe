import type { Caller, Deps } from '../deps.ts'
import type { Account, AccountKind } from '../domain/account.ts'
import type { Accounts } from '../store/store.ts'

/** The table of this kind of account. */
export function accountsOf({ store }: Pick<Deps, 'store'>, kind: AccountKind): Accounts {
  return kind === 'developer' ? store.developers : store.users
}

/** Notes that somebody did something with their own account. */
export function auditSuccess(
  deps: Pick<Deps, 'recorder'>,
  kind: AccountKind,
  caller: Caller,
  verb: string,
  account_id: string,
): void {
  const { network, trace_id } = caller
  const actor = { actor_kind: kind, actor_id: account_id, resource: account_id }
  deps.recorder.audit({ ...actor, action: `${kind}.${verb}`, outcome: 'success', network, trace_id })
}

/** Notes a try that failed, by nobody we know; the account it aimed at, if there is one, is the resource. */
export function auditFailure(
  deps: Pick<Deps, 'recorder'>,
  kind: AccountKind,
  caller: Caller,
  verb: string,
  account: Pick<Account, 'id'> | undefined,
): void {
  const { network, trace_id } = caller
  const actor = { actor_kind: 'anonymous', actor_id: null, resource: account?.id ?? null } as const
  const about = kind === 'user' && account !== undefined ? { user_id: account.id } : {}
  deps.recorder.audit({ ...actor, ...about, action: `${kind}.${verb}`, outcome: 'failed', network, trace_id })
}
