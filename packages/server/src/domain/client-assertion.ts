import { createHmac, timingSafeEqual } from 'node:crypto'
import { durationInWords, type TokenEndpointAuthMethod } from '@valetkey/protocol'
import { type Client, type ClientSecret, isConfidential } from './client.ts'
import { looksLikeClientSecret } from './client-secret.ts'
import type { Cause } from './explain/causes.ts'
import { type AnyJwt, type Carrier, hmacAlgs, isHmac, type Jwt, namesOf } from './jwt.ts'
import type { Evidence } from './token-request.ts'
import { type Failed, failed, passed, type Verdict } from './verdict.ts'

/**
 * The JWT made with the client secret or a key of the client, after its form was found right.
 *
 * Two profiles, told apart by shape: `storx` is `{client_id, exp}`; a JWT with `sub` or `aud` is `strict` and keeps all
 * of RFC 7523. What a private key signed is always strict.
 */
export interface Claims {
  readonly profile: 'storx' | 'strict'
  readonly client_id: string
  /** Epoch seconds. */
  readonly exp: number
  /** When it says it was made; believed by nobody, but telling. */
  readonly iat: number | undefined
  /** When present, the assertion counts once. */
  readonly jti: string | undefined
}

export interface AssertionRules {
  /** Epoch seconds. */
  readonly now: number
  /** Seconds that clocks may differ. */
  readonly skew: number
  /** Seconds that `exp` of the StorX profile may lie ahead. */
  readonly max_ttl: number
  /** Our issuer identifier: the one `aud` of the strict profile. */
  readonly issuer: string
  /** Whether the StorX profile has no place here, as in `client_assertion`. */
  readonly strict_only?: boolean
  readonly carrier?: Carrier
}

/** A JWT with `sub` or `aud` keeps all of RFC 7523. */
export const isStrict = (payload: Jwt['payload']): boolean =>
  Object.hasOwn(payload, 'sub') || Object.hasOwn(payload, 'aud')

/** The claim that says whose the JWT is. */
export const idClaimOf = (payload: Jwt['payload']): 'sub' | 'client_id' =>
  isStrict(payload) ? 'sub' : 'client_id'

const usualCarrier: Carrier = 'client_secret'
const strictMaxTtl = 300
/** Epoch seconds do not get here before the year 5138; milliseconds are always beyond. */
export const tooLargeForSeconds = 1e11

/** Step 2: `client_id` and `exp`, and what else binds. @source RFC 7519 §4.1; RFC 7523 §3 */
export function readClaims(jwt: AnyJwt, rules: AssertionRules): Verdict<Claims> {
  const { payload } = jwt
  const strict = isStrict(payload)
  const evidence: Evidence = {
    profile: strict ? 'strict' : 'storx',
    ...numbersOf(payload, ['exp', 'iat', 'nbf']),
    server_time: rules.now,
  }
  const wrong = (cause: Cause, claim: string, problem: string): Failed =>
    failed(
      cause,
      { ...evidence, claim_names: namesOf(payload), claim, problem },
      `${claim} of the JWT in ${rules.carrier ?? usualCarrier} ${problem}.`,
    )
  if (!strict && (rules.strict_only === true || !isHmac(jwt)))
    return wrong(
      'rfc7523_incomplete',
      'sub',
      'is missing: here a JWT has iss, sub, aud, exp, iat and jti (RFC 7523)',
    )

  const idClaim = idClaimOf(payload)
  const client_id = payload[idClaim]
  if (client_id === undefined) return wrong('client_id_missing', idClaim, 'is missing')
  if (typeof client_id !== 'string' || client_id === '' || client_id.length > 256)
    return wrong('client_id_unfit', idClaim, 'is not a text of 1 to 256 characters')

  const { exp, nbf, iat, jti } = payload
  if (exp === undefined) return wrong('exp_missing', 'exp', 'is missing (exp_not_found)')
  if (typeof exp !== 'number' || !Number.isFinite(exp))
    return wrong(
      typeof exp === 'string' ? 'exp_as_text' : 'exp_unfit',
      'exp',
      'is not a number of epoch seconds',
    )
  if (exp < 0) return wrong('exp_unfit', 'exp', 'is negative')
  if (exp > tooLargeForSeconds)
    return wrong('exp_in_milliseconds', 'exp', 'is in milliseconds; it counts seconds')
  const maxTtl = strict ? strictMaxTtl : rules.max_ttl
  const ahead = Math.floor(exp) - rules.now
  if (ahead > maxTtl + rules.skew)
    return wrong(
      typeof iat === 'number' && iat > rules.now + rules.skew && exp - iat <= maxTtl
        ? 'clock_ahead'
        : 'exp_too_far',
      'exp',
      `lies ${durationInWords(ahead)} ahead; at most ${durationInWords(maxTtl)} is allowed`,
    )
  if (nbf !== undefined && (typeof nbf !== 'number' || !Number.isFinite(nbf)))
    return wrong('nbf_unfit', 'nbf', 'is not a number of epoch seconds')
  if (nbf !== undefined && nbf > rules.now + rules.skew)
    return wrong('clock_ahead', 'nbf', `lies ${durationInWords(Math.ceil(nbf) - rules.now)} ahead`)
  if (jti !== undefined && (typeof jti !== 'string' || jti === '' || jti.length > 128))
    return wrong('jti_unfit', 'jti', 'is not a text of 1 to 128 characters')

  if (strict) {
    if (isHmac(jwt) && jwt.alg !== 'HS256')
      return wrong('rfc7523_violated', 'alg', 'must be HS256 together with sub or aud')
    if (payload.iss !== client_id) return wrong('issuer_differs', 'iss', 'must equal sub')
    const audiences = Array.isArray(payload.aud) ? payload.aud : [payload.aud]
    if (audiences.length !== 1 || audiences[0] !== rules.issuer)
      return wrong('audience_differs', 'aud', `must be ${rules.issuer} alone`)
    if (typeof iat !== 'number' || !Number.isFinite(iat))
      return wrong('rfc7523_violated', 'iat', 'is missing or no number of epoch seconds')
    if (iat > rules.now + rules.skew)
      return wrong('clock_ahead', 'iat', `lies ${durationInWords(Math.ceil(iat) - rules.now)} ahead`)
    if (rules.now - iat > strictMaxTtl + rules.skew)
      return wrong(
        'rfc7523_violated',
        'iat',
        `lies ${durationInWords(rules.now - Math.floor(iat))} back; at most ${durationInWords(strictMaxTtl)} is allowed`,
      )
    if (jti === undefined || jti.length < 16)
      return wrong('jti_unfit', 'jti', 'must have 16 to 128 characters together with sub or aud')
  }
  const profile = strict ? 'strict' : 'storx'
  return passed({ profile, client_id, exp: Math.floor(exp), iat: numberOf(iat), jti }, evidence)
}

/** Step 3: the client is there, active, and takes this profile. */
export function usableClient(
  client: Client | undefined,
  claims: Claims,
  method: TokenEndpointAuthMethod = 'client_secret_jwt',
): Verdict<Client> {
  const evidence = { client_id: claims.client_id }
  if (client === undefined)
    return isSecret(claims.client_id) ? failed('client_id_is_secret') : failed('client_unknown', evidence)
  if (client.state !== 'active') return notActive(client)
  if (client.token_endpoint_auth_method !== method)
    return failed('auth_method_differs', {
      ...evidence,
      used: method,
      registered: client.token_endpoint_auth_method,
    })
  if (claims.profile === 'storx' && !client.storx_profile) return failed('profile_disabled', evidence)
  return passed(client, evidence)
}

/** The same for a client that came with its name alone: it is one of those that have no secret. @source RFC 6749 §2.1 */
export function usablePublicClient(client: Client | undefined, client_id: string): Verdict<Client> {
  const evidence = { client_id }
  if (client === undefined)
    return isSecret(client_id) ? failed('client_id_is_secret') : failed('client_unknown', evidence)
  if (client.state !== 'active') return notActive(client)
  if (isConfidential(client))
    return failed('proof_missing', { ...evidence, registered: client.token_endpoint_auth_method })
  return passed(client, { ...evidence, public: true })
}

const notActive = ({ state, client_id, updated_at }: Client): Verdict<Client> =>
  failed(state === 'suspended' ? 'client_suspended' : 'client_inactive', {
    client_id,
    inactive_since: updated_at,
  })

/** People mix up the two parameters, and put a secret or a JWT where the client_id belongs. */
const isSecret = (client_id: string): boolean =>
  looksLikeClientSecret(client_id.trim()) || /^eyJ[\w-]*\./.test(client_id)

/** A secret with its bytes at hand; `decoy` stands where a client has none, so that every request costs the same. */
export interface VerificationKey {
  readonly secret: ClientSecret | undefined
  readonly bytes: Uint8Array
}

/** Step 4: which of the keys made the signature. Every key is tried, whether or not one fitted already. */
export function verifySignature(jwt: Jwt, keys: readonly VerificationKey[]): Verdict<ClientSecret> {
  let signer: ClientSecret | undefined
  for (const { secret, bytes } of keys) {
    if (madeWith(jwt, bytes) && secret !== undefined) signer ??= secret
  }
  const evidence = { alg: jwt.alg, secrets_tried: keys.flatMap(({ secret }) => secret?.id ?? []) }
  return signer === undefined
    ? failed('secret_differs', evidence)
    : passed(signer, { ...evidence, secret_id: signer.id })
}

/** Whether this secret key made the signature; compares in constant time. @source RFC 7515 §5.2 */
export function madeWith({ alg, signed, signature }: Jwt, key: Uint8Array): boolean {
  const mac = createHmac(hmacAlgs[alg], key).update(signed).digest()
  return signature.length === mac.length && timingSafeEqual(mac, signature)
}

/** In the year 2001 there were no JWTs: a smaller `exp` counts from now and not from 1970. */
const beforeJwts = 1e9

/** Step 5: `exp` has not passed, give or take the skew. @source RFC 7519 §4.1.4 */
export function checkExpiry(
  claims: Claims,
  { now, skew, carrier = usualCarrier }: AssertionRules,
): Verdict<number> {
  const { exp, iat } = claims
  const evidence = { exp, server_time: now, skew, ...(iat === undefined ? {} : { iat }) }
  if (now < exp + skew) return passed(exp, evidence)
  const late = now - exp
  if (exp < beforeJwts)
    return failed(
      'exp_as_duration',
      { ...evidence, expired_for: late },
      `The JWT in ${carrier} has expired: its exp is a duration; the claim is a point in time, in epoch seconds.`,
    )
  return failed(
    iat === undefined ? 'expired' : 'kept_too_long',
    { ...evidence, expired_for: late },
    `The JWT in ${carrier} expired ${durationInWords(late)} ago.`,
  )
}

/** Step 6: the JWT and the request name one client. */
export function matchClientId(
  claims: Claims,
  client_id: string,
  carrier: Carrier = usualCarrier,
): Verdict<string> {
  const evidence = { in_jwt: claims.client_id, in_request: client_id }
  if (claims.client_id === client_id) return passed(client_id, evidence)
  const alike = claims.client_id.trim().toLowerCase() === client_id.trim().toLowerCase()
  return failed(
    alike ? 'client_id_in_other_case' : 'client_id_differs',
    evidence,
    `The JWT in ${carrier} names another client_id than the request (invalid_client_string).`,
  )
}

const numberOf = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isFinite(value) ? value : undefined

function numbersOf(payload: Jwt['payload'], names: readonly string[]): Evidence {
  return Object.fromEntries(
    names
      .filter((name) => Object.hasOwn(payload, name))
      .map((name) => {
        const value = payload[name]
        return [name, typeof value === 'number' ? value : typeof value]
      }),
  )
}
