import {
  type AssertionRules,
  type Claims,
  checkExpiry,
  idClaimOf,
  matchClientId,
  readClaims,
  tooLargeForSeconds,
} from '../client-assertion.ts'
import { type AnyJwt, isHmac, type Jwt } from '../jwt.ts'
import { type Step, type TraceStep, tokenRequestSteps } from '../token-request.ts'
import { type Failed, passed, type Verdict } from '../verdict.ts'
import { mendJwt } from './mend-jwt.ts'

/** A step with one of its verdicts; a step that is wrong in several ways stands there several times. */
export type Inspected<Name extends Step> = readonly [step: Name, verdict: Verdict<unknown>]

/** What could be read of a JWT in spite of all that is wrong with it. Nothing in it is believed. */
export interface ReadAssertion {
  readonly steps: readonly Inspected<'parse_jwt' | 'read_claims'>[]
  readonly jwt: AnyJwt | undefined
  /** Whether the signature is there, so that trying a key makes sense. */
  readonly verifiable: boolean
  readonly claims: Partial<Pick<Claims, 'client_id' | 'exp' | 'iat'>>
}

/**
 * The first two steps of client authentication with every failure and not only the first: what is wrong is noted and
 * mended in thought, so that what comes behind it can be checked.
 */
export function readAssertion(
  assertion: string,
  rules: AssertionRules,
  secrets: readonly string[] = [],
): ReadAssertion {
  const { failures, jwt, verifiable } = mendJwt(assertion, secrets, {
    asymmetric: rules.strict_only === true,
    ...(rules.carrier === undefined ? {} : { carrier: rules.carrier }),
  })
  const parsing = failures.length > 0 ? failures : [passed(jwt, { alg: jwt?.alg ?? null })]
  const claims = jwt === undefined ? [] : readAllClaims(jwt, rules)
  return {
    steps: [
      ...parsing.map((verdict) => ['parse_jwt', verdict] as const),
      ...claims.map((verdict) => ['read_claims', verdict] as const),
    ],
    jwt,
    verifiable,
    claims: jwt === undefined ? {} : claimsOf(jwt),
  }
}

/** Steps 5 and 6, as far as the JWT, and the request with the client it may have `named`, say what they need. */
export function inspectClaims(
  { claims: { client_id, exp, iat } }: ReadAssertion,
  rules: AssertionRules,
  named: string | undefined,
): readonly Inspected<'check_expiry' | 'match_client_id'>[] {
  const claims = { profile: 'storx', client_id: client_id ?? '', exp: exp ?? 0, iat, jti: undefined } as const
  return [
    ...(exp === undefined ? [] : [['check_expiry', checkExpiry(claims, rules)] as const]),
    ...(client_id === undefined || named === undefined
      ? []
      : [['match_client_id', matchClientId(claims, named)] as const]),
  ]
}

/** The steps in their order; the first that fails is where the request would end. */
export function inOrder(inspected: readonly Inspected<Step>[]): readonly TraceStep[] {
  const steps = tokenRequestSteps.flatMap((step) => inspected.filter((one) => one[0] === step))
  const first = steps.find(([, { ok }]) => !ok)?.[0]
  const reached = first === undefined ? steps.length : steps.findIndex(([step]) => step === first)
  return steps.map(([step, { ok, evidence }], at): TraceStep => {
    if (step === first && !ok) return { step, result: 'failed', evidence }
    if (at < reached) return { step, result: 'passed', evidence }
    return { step, result: ok ? 'would_pass' : 'would_fail', evidence }
  })
}

/** More wrong claims than there are rules for. */
const maxWrongClaims = 12

/** Step 2, told in full: a wrong claim is replaced by a good one and the claims are read again. */
function readAllClaims(jwt: AnyJwt, rules: AssertionRules): readonly Verdict<unknown>[] {
  const failures: Failed[] = []
  let mended = jwt
  while (failures.length < maxWrongClaims) {
    const verdict = readClaims(mended, rules)
    if (verdict.ok) return failures.length > 0 ? failures : [verdict]
    failures.push(verdict)
    // That the short form has no place here says it all; what else is wrong is wrong in the short form.
    if (verdict.evidence.cause === 'rfc7523_incomplete')
      return isHmac(mended) ? [...failures, ...wrongIn(mended, { ...rules, strict_only: false })] : failures
    mended = withGoodClaim(mended, String(verdict.evidence.claim), rules)
  }
  return failures
}

const wrongIn = (jwt: AnyJwt, rules: AssertionRules) => readAllClaims(jwt, rules).filter(({ ok }) => !ok)

function claimsOf({ payload }: AnyJwt): ReadAssertion['claims'] {
  const client_id = payload[idClaimOf(payload)]
  const [exp, iat] = [secondsOf(payload.exp), secondsOf(payload.iat)]
  return {
    ...(typeof client_id === 'string' && client_id !== '' ? { client_id: client_id.slice(0, 256) } : {}),
    ...(exp === undefined ? {} : { exp }),
    iat,
  }
}

/** A number of seconds, also where it was written in milliseconds or as text. */
function secondsOf(value: unknown): number | undefined {
  const number = typeof value === 'string' && /^\d{1,17}$/.test(value) ? Number(value) : value
  if (typeof number !== 'number' || !Number.isFinite(number) || number < 0) return undefined
  return Math.floor(number > tooLargeForSeconds ? number / 1000 : number)
}

function withGoodClaim(jwt: AnyJwt, claim: string, { now, issuer }: AssertionRules): AnyJwt {
  if (claim === 'alg') return { ...jwt, alg: 'HS256' } satisfies Jwt
  const seconds = secondsOf(jwt.payload.exp)
  // Milliseconds and text are turned into seconds once, so that a time too far away shows behind them.
  const exp = seconds !== undefined && seconds !== jwt.payload.exp ? seconds : now + 60
  const client_id = 'some-client-id'
  const good: Record<string, unknown> = {
    client_id,
    sub: client_id,
    iss: jwt.payload.sub,
    aud: issuer,
    iat: now,
    nbf: now,
    jti: 'a-jti-of-good-length',
    exp,
  }
  return { ...jwt, payload: { ...jwt.payload, [claim]: good[claim] } }
}
