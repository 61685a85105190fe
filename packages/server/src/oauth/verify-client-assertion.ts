import type { TokenForm } from '@valetkey/protocol'
import type { Deps } from '../deps.ts'
import {
  type Claims,
  checkExpiry,
  matchClientId,
  readClaims,
  usableClient,
  verifySignature,
} from '../domain/client-assertion.ts'
import { parseJwt } from '../domain/jwt.ts'
import { failed, passed, type Verdict } from '../domain/verdict.ts'
import { assertionRules, verificationKeys } from '../verification-keys.ts'
import type { Trace } from './trace.ts'

/**
 * Lets a client prove who it is before its user is asked anything: the six steps of a token request, which follows with
 * the same JWT. So nothing is marked here, and a `jti` still counts then. The claims, once proven.
 *
 * @source RFC 7523 §3
 * @refuses jwt_malformed claims_invalid client_unknown client_inactive profile_disabled signature_wrong
 * @refuses assertion_expired client_id_mismatch assertion_replayed
 */
export async function verifyClientAssertion(
  deps: Deps,
  form: Pick<TokenForm, 'client_id' | 'client_secret'>,
  trace: Trace,
): Promise<Claims> {
  const now = deps.clock.now()
  const rules = assertionRules(deps, now)
  const jwt = trace.must('parse_jwt', parseJwt(form.client_secret))
  const claims = trace.must('read_claims', readClaims(jwt, rules))
  const expiry = checkExpiry(claims, rules)
  const naming = matchClientId(claims, form.client_id)
  const told = [expiry, naming].find((verdict) => !verdict.ok)?.description
  const found = await deps.store.clients.findByClientId(claims.client_id)
  const secrets = found === undefined ? [] : await deps.store.clients.secrets(found.id)
  const signature = verifySignature(jwt, verificationKeys(deps, secrets, now))
  trace.foresee(() => [
    ...(found === undefined ? [] : [['verify_signature', signature] as const]),
    ['check_expiry', expiry],
    ['match_client_id', naming],
  ])
  trace.must('fetch_client', usableClient(found, claims), told)
  trace.must('verify_signature', signature, told)
  trace.must('check_expiry', expiry)
  trace.must('match_client_id', naming)
  trace.must('check_jti', await notUsed(deps, claims))
  trace.authenticated()
  return claims
}

async function notUsed({ store }: Deps, { client_id, jti }: Claims): Promise<Verdict<boolean>> {
  if (jti === undefined) return passed(true, { jti: false })
  const used = await store.replays.seen(client_id, jti)
  return used ? failed('jti_replayed', { jti: true }) : passed(true, { jti: true })
}
