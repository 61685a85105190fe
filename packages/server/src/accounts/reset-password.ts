import type { ForgotPasswordForm, ResetPasswordForm, ResetTokenAnswer } from '@valetkey/protocol'
import type { Caller, Deps } from '../deps.ts'
import type { Account, AccountKind } from '../domain/account.ts'
import { parseEmail } from '../domain/email.ts'
import { isFitPassword } from '../domain/password.ts'
import { newToken, tokenHash } from '../ids.ts'
import { Refusal, refuse } from '../refusals.ts'
import { accountsOf, auditFailure, auditSuccess } from './account-kinds.ts'
import { limitMailsTo, limitNetwork } from './account-limits.ts'
import { openAccount } from './activate.ts'
import { behindTheAnswer, mailTokenSeconds, passwordChangedMail, resetMail } from './mails.ts'
import { signInThrottle } from './sign-in-throttle.ts'

/**
 * Mails a link to choose a new password, if the address has an account. All of it happens behind the answer, which is
 * therefore the same for every address.
 *
 * @refuses rate_limited
 */
export async function requestPasswordReset(
  deps: Deps,
  kind: AccountKind,
  caller: Caller,
  form: ForgotPasswordForm,
): Promise<void> {
  await limitNetwork(deps, 'mail', caller)
  behindTheAnswer(deps, caller, () => mailResetLink(deps, kind, caller, form))
}

async function mailResetLink(
  deps: Deps,
  kind: AccountKind,
  caller: Caller,
  form: ForgotPasswordForm,
): Promise<void> {
  const email = parseEmail(form.email)
  if (email === undefined || !(await mayMailTo(deps, kind, email))) return
  const account = await accountsOf(deps, kind).findByEmail(email)
  if (!mayReset(account)) return auditFailure(deps, kind, caller, 'password_reset_requested', account)
  const token = newToken(deps)
  await deps.store.mailTokens.add({
    token_hash: tokenHash(token),
    kind,
    purpose: 'reset_password',
    account_id: account.id,
    expires_at: deps.clock.now() + mailTokenSeconds,
  })
  await deps.mailer.send(resetMail(deps, kind, account, token))
  auditSuccess(deps, kind, caller, 'password_reset_requested', account.id)
}

/** Whose token this is, for the page that asks for the new password. @refuses mail_token_invalid rate_limited */
export async function verifyResetToken(
  deps: Deps,
  kind: AccountKind,
  caller: Caller,
  token: string,
): Promise<ResetTokenAnswer> {
  await limitNetwork(deps, 'mailed_token', caller)
  const { email, full_name } = await accountOfResetToken(deps, kind, caller, token)
  return { email, fullName: full_name, valid: true }
}

/**
 * Sets a new password for whoever holds the mailed token, once, and ends every session of the account. Holding the
 * token proves the address too, so an account that waited for that proof opens.
 *
 * @refuses password_unfit mail_token_invalid rate_limited overloaded
 */
export async function resetPassword(
  deps: Deps,
  kind: AccountKind,
  caller: Caller,
  form: ResetPasswordForm,
): Promise<void> {
  await limitNetwork(deps, 'mailed_token', caller)
  if (!isFitPassword(form.newPassword)) throw refuse('password_unfit')
  const account = await accountOfResetToken(deps, kind, caller, form.token)
  if (await deps.passwords.verify(account.password_hash, form.newPassword)) throw refuse('password_unfit')
  const password_hash = await deps.passwords.hash(form.newPassword)
  // Taken last: what is refused above costs nobody the link, and of two who use it at once one gets here.
  const taken = await deps.store.mailTokens.take(
    tokenHash(form.token),
    'reset_password',
    kind,
    deps.clock.now(),
  )
  if (taken === undefined) throw refuse('mail_token_invalid')
  await accountsOf(deps, kind).setPassword(account.id, password_hash)
  if (account.state === 'unverified') await openAccount(deps, kind, account)
  await signInThrottle(deps, kind, account.email, caller).forget()
  auditSuccess(deps, kind, caller, 'password_reset', account.id)
  behindTheAnswer(deps, caller, () => deps.mailer.send(passwordChangedMail(deps, kind, account)))
}

async function accountOfResetToken(
  deps: Deps,
  kind: AccountKind,
  caller: Caller,
  token: string,
): Promise<Account> {
  const found = await deps.store.mailTokens.find(tokenHash(token), 'reset_password', kind, deps.clock.now())
  const account = found && (await accountsOf(deps, kind).find(found.account_id))
  if (mayReset(account)) return account
  auditFailure(deps, kind, caller, 'password_reset', account)
  throw refuse('mail_token_invalid')
}

/** Not those the operator disabled, nor deleted ones. */
function mayReset(account: Account | undefined): account is Account {
  return account?.state === 'active' || account?.state === 'unverified'
}

/** Past the limit the mail is left out, silently: the answer has left already. */
async function mayMailTo(deps: Deps, kind: AccountKind, email: string): Promise<boolean> {
  try {
    await limitMailsTo(deps, 'reset', kind, email)
    return true
  } catch (thrown) {
    if (thrown instanceof Refusal) return false
    throw thrown
  }
}
