import type { SignInForm } from '@valetkey/protocol'
import type { Caller, Deps } from '../deps.ts'
import { type AccountKind, normalizeEmail } from '../domain/account.ts'
import { tokenHash } from '../ids.ts'
import { refuse } from '../refusals.ts'
import { accountsOf, auditFailure, auditSuccess } from './account-kinds.ts'
import { limitNetwork } from './account-limits.ts'
import { type NewSession, startSession } from './sessions.ts'
import { signInThrottle } from './sign-in-throttle.ts'

/**
 * Starts a session for whoever knows the password. The session the browser held before ends.
 *
 * An unknown address, a wrong password, a locked door and an unverified or disabled account are one answer, after the
 * same work.
 *
 * @refuses login_wrong rate_limited overloaded
 */
export async function signIn(
  deps: Deps,
  kind: AccountKind,
  caller: Caller,
  form: SignInForm & { replacedToken?: string | undefined },
): Promise<NewSession> {
  await limitNetwork(deps, 'sign_in', caller)
  const email = normalizeEmail(form.email)
  const throttle = signInThrottle(deps, kind, email, caller)
  const admitted = await throttle.admits()
  const account = await accountsOf(deps, kind).findByEmail(email)
  const proven = await deps.passwords.verify(admitted ? account?.password_hash : undefined, form.password)
  if (!proven || account?.state !== 'active') {
    auditFailure(deps, kind, caller, 'signed_in', account)
    throw refuse('login_wrong')
  }
  await throttle.forget()
  if (form.replacedToken !== undefined) await deps.store.sessions.end(tokenHash(form.replacedToken))
  const { rememberForOneWeek = false } = form
  const session = await startSession(deps, kind, account.id, { rememberForOneWeek })
  // A password change ends all sessions; one that began while we verified the old password must not miss it.
  const { password_hash } = (await accountsOf(deps, kind).find(account.id)) ?? {}
  if (password_hash !== account.password_hash) {
    await deps.store.sessions.end(tokenHash(session.token))
    throw refuse('login_wrong')
  }
  auditSuccess(deps, kind, caller, 'signed_in', account.id)
  return session
}
