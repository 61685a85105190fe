import type { ClientGrantType, TokenEndpointAuthMethod, TokenForm } from '@valetkey/protocol'
import type { Deps } from '../deps.ts'
import type { Client } from '../domain/client.ts'
import {
  type AssertionRules,
  type Claims,
  checkExpiry,
  matchClientId,
  readClaims,
  usableClient,
  usablePublicClient,
  verifySignature,
} from '../domain/client-assertion.ts'
import type { AssertedProof, Proof } from '../domain/client-proof.ts'
import { type AnyJwt, isHmac, parseJwt } from '../domain/jwt.ts'
import { verifyWithPublicKeys } from '../domain/public-keys.ts'
import type { Step } from '../domain/token-request.ts'
import { failed, passed, type Verdict } from '../domain/verdict.ts'
import { type ClientLimit, countOne, expectRoom, type ProvenClient } from '../http/limits.ts'
import type { Redeemable } from '../store/codes.ts'
import { assertionRules, verificationKeys } from '../verification-keys.ts'
import type { Trace } from './trace.ts'

/** Of the contract's clients: always a JWT in `client_secret`, with the name of the client beside it. */
export const storxProof = ({
  client_id,
  client_secret,
}: Pick<TokenForm, 'client_id' | 'client_secret'>): AssertedProof => ({
  how: 'jwt',
  carrier: 'client_secret',
  jwt: client_secret,
  client_id,
})

type Known = Pick<Redeemable, 'client' | 'secrets'>

interface Asked<Found extends Known> {
  /** Reads the client, and whatever else the request is about, in one statement. */
  readonly look: (client_id: string) => Promise<Found>
  /** What later steps would find. */
  readonly foresee?: (found: Found) => readonly (readonly [Step, Verdict<unknown>])[]
  /** A `jti` that is only looked at still counts in the request that follows. */
  readonly jti?: 'counts' | 'looked_at'
  /** What the client wants to do, in the standard dialect. */
  readonly grant_type?: ClientGrantType | undefined
  /** Of requests that prove who sent them; token requests unless it is said. */
  readonly limit?: ClientLimit | undefined
}

/**
 * Who asks: the six steps, in the order that every trace, page and document shows them in.
 *
 * What the request and the clock decide is worked out before anything is read, and said to everybody. What depends on
 * the client's record is one answer, whatever it is, and with secrets costs the same.
 *
 * @source RFC 7521 §4.2; RFC 7523 §3; draft-ietf-oauth-rfc7523bis §4; RFC 6749 §2.3
 * @refuses jwt_malformed claims_invalid client_unknown client_inactive profile_disabled auth_method_wrong signature_wrong
 * @refuses assertion_expired client_id_mismatch assertion_replayed credentials_missing grant_type_unregistered
 * @refuses rate_limited
 */
export async function authenticateClient<Found extends Known>(
  deps: Deps,
  proof: Proof,
  trace: Trace,
  asked: Asked<Found>,
): Promise<Found & { readonly client: Client; readonly claims: Claims | undefined }> {
  const { look, foresee = () => [], jti = 'counts', grant_type, limit = 'token' } = asked
  if (proof.how === 'none') return withoutProof(deps, proof.client_id, trace, asked)
  const now = deps.clock.now()
  const { carrier } = proof
  const strict_only = carrier === 'client_assertion'
  const rules = { ...assertionRules(deps, now), carrier, strict_only }

  const jwt = trace.must('parse_jwt', parseJwt(proof.jwt, { carrier, asymmetric: strict_only }))
  const claims = trace.must('read_claims', readClaims(jwt, rules))
  const expiry = checkExpiry(claims, rules)
  const naming = matchClientId(claims, proof.client_id ?? claims.client_id, carrier)
  // Said in place of what depends on the client's record, so that the answer is the same for every client.
  const told = [expiry, naming].find((verdict) => !verdict.ok)?.description
  const found = await look(claims.client_id)
  const signature = await signatureOf(deps, jwt, found, rules)
  trace.foresee(() => [
    ...(found.client === undefined ? [] : [['verify_signature', signature] as const]),
    ['check_expiry', expiry],
    ['match_client_id', naming],
    ...foresee(found),
  ])
  const client = trace.must('fetch_client', usableClient(found.client, claims, methodOf(jwt)), told)
  const secret_id = trace.must('verify_signature', signature, told)
  if (secret_id !== undefined) deps.recorder.secretUsed(secret_id)
  trace.must('check_expiry', expiry)
  trace.must('match_client_id', naming)
  if (jti === 'counts') await countedUse(deps, claims, trace, limit)
  else trace.must('check_jti', await notUsed(deps, claims))
  trace.authenticated()
  if (grant_type !== undefined) trace.must('check_grant_type', registeredGrant(client, grant_type))
  return { ...found, client, claims }
}

/**
 * Counts for the client, once it is certain that nobody else sent the proof: a copy of one that counts once is refused
 * before. One without a `jti` may be a copy, so it counts for the network it came from. Before anything is written it is
 * seen whether there is room.
 */
async function countedUse(
  deps: Deps,
  claims: Claims,
  { caller, must }: Trace,
  limit: ClientLimit,
): Promise<void> {
  const { client_id, jti } = claims
  const client: ProvenClient = { client_id, resendable: jti === undefined, caller }
  expectRoom(deps, limit, client)
  must('check_jti', await firstUse(deps, claims))
  const refusal = countOne(deps, limit, client)
  if (refusal !== undefined) throw refusal
}

/** A public client has nothing to prove here: PKCE, or a token that nobody else has, proves what follows. @source RFC 6749 §2.1 */
async function withoutProof<Found extends Known>(
  deps: Deps,
  client_id: string,
  trace: Trace,
  { look, foresee = () => [], grant_type }: Asked<Found>,
): Promise<Found & { readonly client: Client; readonly claims: undefined }> {
  const found = await look(client_id)
  trace.foresee(() => foresee(found))
  const client = trace.must('fetch_client', usablePublicClient(found.client, client_id))
  expectRoom(deps, 'unproven_token', { named: client_id, caller: trace.caller })
  if (grant_type !== undefined) trace.must('check_grant_type', registeredGrant(client, grant_type))
  return { ...found, client, claims: undefined }
}

/** Step 4, by the kind of key that the JWT was made with: a public key is never tried as a secret. @source RFC 8725 §3.1 */
async function signatureOf(
  deps: Deps,
  jwt: AnyJwt,
  { client, secrets }: Known,
  { now, strict_only = false }: AssertionRules,
): Promise<Verdict<string | undefined>> {
  if (isHmac(jwt)) {
    // A kid is the id of a secret; where there is none, every secret that works is tried.
    const named = strict_only && jwt.kid !== undefined ? secrets.filter(({ id }) => id === jwt.kid) : secrets
    const verdict = verifySignature(jwt, verificationKeys(deps, named, now, strict_only ? hs256Key : {}))
    if (!verdict.ok && named.length < secrets.length) return failed('kid_unknown', verdict.evidence)
    return verdict.ok ? { ...verdict, value: verdict.value.id } : verdict
  }
  // Nobody's address is read for a client that could not get in anyway.
  const mayHaveKeys = client?.state === 'active' && client.token_endpoint_auth_method === 'private_key_jwt'
  const keys = mayHaveKeys ? await deps.clientKeys.keysOf(client, jwt.kid) : []
  const verdict = verifyWithPublicKeys(jwt, keys)
  return verdict.ok ? { ...verdict, value: undefined } : verdict
}

/** What is shorter can be guessed. Secrets that came from elsewhere keep working for the contract's clients. @source RFC 7518 §3.2 */
const hs256Key = { least_bytes: 32 }

const methodOf = (jwt: AnyJwt): TokenEndpointAuthMethod =>
  isHmac(jwt) ? 'client_secret_jwt' : 'private_key_jwt'

/** A `jti` counts once, and only after the signature proved right: no stranger can use one up. @source RFC 7523 §3 */
async function firstUse(
  { store, settings }: Deps,
  { client_id, jti, exp }: Claims,
): Promise<Verdict<boolean>> {
  if (jti === undefined) return passed(true, { jti: false })
  const first = await store.replays.mark(client_id, jti, exp + settings.clock_skew)
  return first ? passed(true, { jti: true }) : failed('jti_replayed', { jti: true })
}

async function notUsed({ store }: Deps, { client_id, jti }: Claims): Promise<Verdict<boolean>> {
  if (jti === undefined) return passed(true, { jti: false })
  const used = await store.replays.seen(client_id, jti)
  return used ? failed('jti_replayed', { jti: true }) : passed(true, { jti: true })
}

/** @source RFC 6749 §5.2 (unauthorized_client) */
const registeredGrant = ({ grant_types }: Client, grant_type: ClientGrantType): Verdict<ClientGrantType> =>
  grant_types.includes(grant_type)
    ? passed(grant_type, { grant_type })
    : failed('grant_type_unregistered', { grant_type, registered: grant_types })

/** Looks at the client alone. */
export const clientAlone = ({ store, clock }: Pick<Deps, 'store' | 'clock'>, limit?: ClientLimit) => ({
  limit,
  look: (client_id: string) => store.clients.toAuthenticate(client_id, clock.now()),
})
