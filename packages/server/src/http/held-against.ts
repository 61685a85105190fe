import type { Caller, Deps } from '../deps.ts'
import type { Refusal } from '../refusals.ts'
import { countOne } from './limits.ts'

/** What a device is told while its user decides: no fault of anybody. @source RFC 8628 §3.5 */
const waiting: ReadonlySet<string> = new Set(['authorization_pending', 'slow_down'])

/**
 * What a client hears in place of a refusal when there were too many: that it has to wait.
 *
 * Refusals count by network and by the client they name, so that a stranger's are nobody else's; by network alone only
 * so that nobody has as many tries as they can think of names. And refusals alone have to wait: who can prove who they
 * are is never counted here, whoever fails beside them.
 *
 * @source RFC 6749 §2.3.1; OWASP ASVS 5.0 6.3.1
 */
export function heldAgainst(
  deps: Pick<Deps, 'rates' | 'clock' | 'settings'>,
  caller: Pick<Caller, 'network'>,
  named: string | null,
  refusal: Refusal,
): Refusal {
  const { error, status } = refusal.standard
  if (status >= 500 || refusal.reason === 'rate_limited' || waiting.has(error)) return refusal
  const by = { named, caller: { network: caller.network } }
  const failed = error === 'invalid_client' || status === 401
  const alone = countOne(deps, failed ? 'failed_proof' : 'refused_request', by)
  const together = countOne(deps, failed ? 'failed_proofs' : 'refused_requests', by.caller)
  return alone ?? together ?? refusal
}
