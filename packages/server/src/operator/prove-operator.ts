import type { Caller, Deps } from '../deps.ts'
import { isOneOf } from '../http/bearer.ts'
import { limitRate } from '../http/limits.ts'
import { refuse } from '../refusals.ts'

/**
 * Lets through whoever sends a token of the setting, by `Authorization: Bearer` alone: a browser sends nothing by itself,
 * so no page of others can act here. Failures alone are counted, by network, so that nobody keeps the operator out.
 *
 * @refuses operator_unproven rate_limited
 */
export async function proveOperator(
  deps: Pick<Deps, 'rates' | 'clock' | 'settings'>,
  caller: Caller,
  sent: string | undefined,
): Promise<void> {
  if (isOneOf(deps.settings.admin_token.split(','), sent)) return
  await limitRate(deps, 'admin_failure', caller)
  throw refuse('operator_unproven')
}
