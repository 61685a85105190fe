import type { Acting } from '../audited.ts'
import type { Deps } from '../deps.ts'
import { signInThrottle } from './sign-in-throttle.ts'

/**
 * Whether somebody signed in knows the password of the account. Counts as a try to sign in, so that whoever has only
 * the session guesses nothing here that they could not guess there.
 */
export async function provePassword(deps: Deps, by: Acting, password: string): Promise<boolean> {
  const throttle = signInThrottle(deps, by, by.account.email)
  const admitted = await throttle.admits()
  const right = await deps.passwords.verify(admitted ? by.account.password_hash : undefined, password)
  if (right) await throttle.forget()
  return right
}
