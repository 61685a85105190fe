import { type ConsentAnswer, type DecisionForm, graveActions, parseScopes } from '@valetkey/protocol'
import { auditVisit } from '../../accounts/audit-visit.ts'
import { provePassword } from '../../accounts/prove-password.ts'
import type { Acting } from '../../audited.ts'
import type { Deps } from '../../deps.ts'
import type { Session } from '../../domain/session.ts'
import { limitRate } from '../../http/limits.ts'
import { decide } from '../../oauth/decide.ts'
import { refuse } from '../../refusals.ts'
import { isFormToken } from './form-token.ts'

/** For so long a sign-in counts as new. @source OWASP ASVS 5.0 7.5.3 */
const freshSeconds = 300

/** Seconds for which the sign-in still counts as new; 0 when it does not any more. */
export const freshFor = ({ created_at }: Pick<Session, 'created_at'>, now: number): number =>
  Math.max(0, created_at + freshSeconds - now)

/**
 * Records what the user decided on the consent page. To give much, the user proves who they are once more, unless they
 * did a moment ago.
 *
 * @refuses form_token_wrong password_needed rate_limited overloaded
 */
export async function decideOnPage(
  deps: Deps,
  by: Acting,
  { csrf_token, password, ...decision }: DecisionForm,
): Promise<ConsentAnswer> {
  if (!isFormToken(deps, by.session, decision.request_id, csrf_token)) throw refuse('form_token_wrong')
  if (
    decision.approve &&
    givesMuch(decision.approved_scopes ?? []) &&
    freshFor(by.session, deps.clock.now()) === 0
  )
    await askPassword(deps, by, password)
  return decide(deps, by, decision)
}

/** What destroys or binds, and the whole project. */
function givesMuch(approved_scopes: readonly string[]): boolean {
  const approved = parseScopes(approved_scopes)
  if (!approved.ok) return false
  const { actions, places } = approved.set
  return places.length === 0 || actions.some((action) => graveActions.includes(action))
}

/** @refuses password_needed rate_limited */
async function askPassword(deps: Deps, by: Acting, password: string | undefined): Promise<void> {
  if (password === undefined || password === '') throw refuse('password_needed')
  await limitRate(deps, 'sign_in', by.caller)
  if (await provePassword(deps, by, password)) return
  auditVisit(deps, by, 'signed_in', 'failed', by.account)
  throw refuse('password_needed', {
    description: 'The password is wrong, or too many wrong tries have closed the account for a while.',
  })
}
