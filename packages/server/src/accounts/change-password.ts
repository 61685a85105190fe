import type { ChangePasswordForm } from '@valetkey/protocol'
import type { Caller, Deps } from '../deps.ts'
import type { Account, AccountKind } from '../domain/account.ts'
import { isFitPassword } from '../domain/password.ts'
import { refuse } from '../refusals.ts'
import { accountsOf, auditFailure, auditSuccess } from './account-kinds.ts'
import { limitAccount } from './account-limits.ts'
import { behindTheAnswer, passwordChangedMail } from './mails.ts'

/**
 * Changes the password of somebody signed in who knows the old one, and ends every session of the account.
 *
 * @refuses password_unfit password_wrong rate_limited overloaded
 */
export async function changePassword(
  deps: Deps,
  kind: AccountKind,
  caller: Caller,
  form: ChangePasswordForm & { account: Account },
): Promise<void> {
  const { account, password, newPassword } = form
  await limitAccount(deps, 'change_password', account.id)
  if (!isFitPassword(newPassword) || newPassword === password) throw refuse('password_unfit')
  if (!(await deps.passwords.verify(account.password_hash, password))) {
    auditFailure(deps, kind, caller, 'password_changed', account)
    throw refuse('password_wrong')
  }
  await accountsOf(deps, kind).setPassword(account.id, await deps.passwords.hash(newPassword))
  auditSuccess(deps, kind, caller, 'password_changed', account.id)
  behindTheAnswer(deps, caller, () => deps.mailer.send(passwordChangedMail(deps, kind, account)))
}
