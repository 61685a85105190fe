import type { SignInForm } from '@valetkey/protocol'
import type { Deps } from '../deps.ts'
import { normalizeEmail } from '../domain/email.ts'
import { limitRate } from '../http/limits.ts'
import { tokenHash } from '../ids.ts'
import { refuse } from '../refusals.ts'
import { accountsOf, type Visitor } from './account-kinds.ts'
import { auditVisit } from './audit-visit.ts'
import { type NewSession, startSession } from './sessions.ts'
import { signInThrottle } from './sign-in-throttle.ts'

/**
 * Starts a session for whoever knows the password. The session the browser held before ends.
 *
 * An unknown address, a wrong password, a locked door and an unverified or disabled account are one answer, after the
 * same work. So is a password that was changed while it was verified.
 *
 * @refuses login_wrong rate_limited overloaded
 */
export async function signIn(
  deps: Deps,
  by: Visitor,
  form: SignInForm & { replacedToken?: string | undefined },
): Promise<NewSession> {
  const { kind, caller } = by
  await limitRate(deps, 'sign_in', caller)
  const email = normalizeEmail(form.email)
  const throttle = signInThrottle(deps, by, email)
  const admitted = await throttle.admits()
  const account = await accountsOf(deps, kind).findByEmail(email)
  const proven = await deps.passwords.verify(admitted ? account?.password_hash : undefined, form.password)
  const session =
    proven && account?.state === 'active' ? await startSession(deps, by, account, form) : undefined
  if (session === undefined) {
    auditVisit(deps, by, 'signed_in', 'failed', account)
    throw refuse('login_wrong')
  }
  await throttle.forget()
  if (form.replacedToken !== undefined) await deps.store.sessions.end(tokenHash(form.replacedToken))
  auditVisit(deps, by, 'signed_in', 'success', account)
  return session
}
