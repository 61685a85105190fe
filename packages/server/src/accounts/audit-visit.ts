import { whence } from '../audited.ts'
import type { Deps } from '../deps.ts'
import type { Account } from '../domain/account.ts'
import type { Visitor } from './account-kinds.ts'

/**
 * Notes what somebody who was not signed in did. A success proves whose account it is; what failed was done by nobody
 * we know, to the account it aimed at, if there is one.
 */
export function auditVisit(
  { recorder }: Pick<Deps, 'recorder'>,
  { kind, caller }: Visitor,
  verb: string,
  outcome: 'success' | 'failed',
  account: Pick<Account, 'id'> | undefined,
): void {
  const id = account?.id ?? null
  recorder.audit({
    ...(outcome === 'success'
      ? { actor_kind: kind, actor_id: id }
      : { actor_kind: 'anonymous', actor_id: null }),
    ...(kind === 'user' && id !== null ? { user_id: id } : {}),
    action: `${kind}.${verb}`,
    resource: id,
    outcome,
    ...whence(caller),
  })
}
