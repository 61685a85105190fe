import type { ChangePasswordForm } from '@valetkey/protocol'
import { type Acting, audited } from '../audited.ts'
import type { Deps } from '../deps.ts'
import { isFitPassword, notAnother } from '../domain/password.ts'
import { limitRate } from '../http/limits.ts'
import { refuse } from '../refusals.ts'
import { accountsOf } from './account-kinds.ts'
import { behindTheAnswer, passwordChangedMail } from './mails.ts'
import { provePassword } from './prove-password.ts'

/**
 * Changes the password of somebody signed in who knows the old one, and ends every session of the account.
 *
 * @refuses password_unfit password_wrong rate_limited overloaded
 */
export async function changePassword(deps: Deps, by: Acting, form: ChangePasswordForm): Promise<void> {
  const { kind, account } = by
  const { password, newPassword } = form
  await limitRate(deps, 'change_password', by)
  if (!isFitPassword(newPassword)) throw refuse('password_unfit')
  if (newPassword === password) throw refuse('password_unfit', { description: notAnother })
  await audited(deps, by, `${kind}.password_changed`, account.id, async () => {
    if (!(await provePassword(deps, by, password))) throw refuse('password_wrong')
    await accountsOf(deps, kind).setPassword(account.id, await deps.passwords.hash(newPassword))
  })
  behindTheAnswer(deps, by.caller, () => deps.mailer.send(passwordChangedMail(deps, kind, account)))
}
