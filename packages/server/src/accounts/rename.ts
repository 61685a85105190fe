import type { RenameForm } from '@valetkey/protocol'
import type { Caller, Deps } from '../deps.ts'
import type { Account, AccountKind } from '../domain/account.ts'
import { cleanName } from '../domain/clean-name.ts'
import { refuse } from '../refusals.ts'
import { accountsOf, auditSuccess } from './account-kinds.ts'

/** @refuses name_unfit */
export async function rename(
  deps: Deps,
  kind: AccountKind,
  caller: Caller,
  form: RenameForm & { account: Account },
): Promise<void> {
  const full_name = cleanName(form.fullName)
  if (full_name === undefined) throw refuse('name_unfit')
  await accountsOf(deps, kind).rename(form.account.id, full_name)
  auditSuccess(deps, kind, caller, 'renamed', form.account.id)
}
