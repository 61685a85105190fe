import type { ForgotPasswordForm, ResetPasswordForm, ResetTokenAnswer } from '@valetkey/protocol'
import type { Deps } from '../deps.ts'
import type { Account } from '../domain/account.ts'
import { parseEmail } from '../domain/email.ts'
import { isFitPassword, notAnother } from '../domain/password.ts'
import { limitRate } from '../http/limits.ts'
import { tokenHash } from '../ids.ts'
import { Refusal, refuse } from '../refusals.ts'
import { accountsOf, type Visitor } from './account-kinds.ts'
import { openAccount } from './activate.ts'
import { auditVisit } from './audit-visit.ts'
import { addResetToken } from './mail-tokens.ts'
import { behindTheAnswer, passwordChangedMail, resetMail } from './mails.ts'
import { signInThrottle } from './sign-in-throttle.ts'

/**
 * Mails a token to choose a new password with, if the address has an account. All of it happens behind the answer, which is
 * therefore the same for every address.
 *
 * @refuses rate_limited
 */
export async function requestPasswordReset(deps: Deps, by: Visitor, form: ForgotPasswordForm): Promise<void> {
  await limitRate(deps, 'mail', by.caller)
  behindTheAnswer(deps, by.caller, () => mailResetToken(deps, by, form))
}

async function mailResetToken(deps: Deps, by: Visitor, form: ForgotPasswordForm): Promise<void> {
  const { kind } = by
  const email = parseEmail(form.email)
  if (email === undefined || !(await mayMailTo(deps, by, email))) return
  const account = await accountsOf(deps, kind).findByEmail(email)
  if (!mayReset(account)) return auditVisit(deps, by, 'password_reset_requested', 'failed', account)
  const token = await addResetToken(deps, kind, account)
  await deps.mailer.send(resetMail(deps, kind, account, token))
  auditVisit(deps, by, 'password_reset_requested', 'success', account)
}

/** Whose token this is, for the page that asks for the new password. @refuses mail_token_invalid rate_limited */
export async function verifyResetToken(deps: Deps, by: Visitor, token: string): Promise<ResetTokenAnswer> {
  await limitRate(deps, 'mailed_token', by.caller)
  const { email, full_name } = await accountOfResetToken(deps, by, token)
  return { email, fullName: full_name, valid: true }
}

/**
 * Sets a new password for whoever holds the mailed token, once, and ends every session of the account. Holding the
 * token proves the address too, so an account that waited for that proof opens.
 *
 * @refuses password_unfit mail_token_invalid rate_limited overloaded
 */
export async function resetPassword(deps: Deps, by: Visitor, form: ResetPasswordForm): Promise<void> {
  const { kind } = by
  await limitRate(deps, 'mailed_token', by.caller)
  if (!isFitPassword(form.newPassword)) throw refuse('password_unfit')
  const account = await accountOfResetToken(deps, by, form.token)
  if (await deps.passwords.verify(account.password_hash, form.newPassword))
    throw refuse('password_unfit', { description: notAnother })
  const password_hash = await deps.passwords.hash(form.newPassword)
  // Taken last: what is refused above costs nobody the token, and of two who use it at once one gets here.
  const taken = await deps.store.mailTokens.take(
    tokenHash(form.token),
    'reset_password',
    kind,
    deps.clock.now(),
  )
  if (taken === undefined) throw refuse('mail_token_invalid')
  await accountsOf(deps, kind).setPassword(account.id, password_hash)
  await openAccount(deps, kind, account)
  await signInThrottle(deps, by, account.email).forget()
  auditVisit(deps, by, 'password_reset', 'success', account)
  behindTheAnswer(deps, by.caller, () => deps.mailer.send(passwordChangedMail(deps, kind, account)))
}

async function accountOfResetToken(deps: Deps, by: Visitor, token: string): Promise<Account> {
  const { kind } = by
  const found = await deps.store.mailTokens.find(tokenHash(token), 'reset_password', kind, deps.clock.now())
  const account = found && (await accountsOf(deps, kind).find(found.account_id))
  if (mayReset(account)) return account
  auditVisit(deps, by, 'password_reset', 'failed', account)
  throw refuse('mail_token_invalid')
}

/** Not those the operator suspended, nor deleted ones. */
function mayReset(account: Account | undefined): account is Account {
  return account !== undefined && ['active', 'unverified', 'invited'].includes(account.state)
}

/** Past the limit the mail is left out, silently: the answer has left already. */
async function mayMailTo(deps: Deps, { kind }: Visitor, email: string): Promise<boolean> {
  try {
    await limitRate(deps, 'reset_mail', { kind, email })
    return true
  } catch (thrown) {
    if (thrown instanceof Refusal) return false
    throw thrown
  }
}
