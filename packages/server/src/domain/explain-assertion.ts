import { durationInWords, rfc3339 } from '@valetkey/protocol'
import { type Cause, type Finding, finding } from './assertion-causes.ts'
import {
  type AssertionRules,
  type Claims,
  checkExpiry,
  matchClientId,
  readClaims,
} from './client-assertion.ts'
import type { Jwt } from './jwt.ts'
import { mendJwt } from './mend-jwt.ts'
import { signedBy, whatSigned } from './signature-forensics.ts'
import type { clientAuthenticationSteps } from './token-request.ts'

export type ClientAuthenticationStep = (typeof clientAuthenticationSteps)[number]

export interface ExplainedStep {
  readonly step: ClientAuthenticationStep
  readonly result: 'passed' | 'failed' | 'not_checked'
  /** One line: what was found, or why nothing could be. */
  readonly note: string
  /** What is wrong; empty unless failed. */
  readonly findings: readonly Finding[]
}

export interface AssertionExplanation {
  /** All six, in their order. */
  readonly steps: readonly ExplainedStep[]
  /** The step a server stops at; undefined when none fails. */
  readonly first_failure: ClientAuthenticationStep | undefined
}

export interface KnownOfClient {
  /** What the request names. */
  readonly client_id: string
  readonly client_secret: string
  readonly rules: AssertionRules
}

/**
 * The six steps of client authentication for one JWT, with every failure and not only the first, each with its cause
 * and its fix. The steps are the server's own; what fails is mended in thought, so that the later ones can be checked.
 *
 * For the client's owner: it says what a stranger must not learn. The client's record is not looked at, so step 3 is
 * never checked.
 */
export function explainAssertion(assertion: string, known: KnownOfClient): AssertionExplanation {
  const { findings, jwt, verifiable } = mendJwt(assertion, known.client_secret)
  const claims = jwt === undefined ? undefined : readAllClaims(jwt, known)
  const steps: ExplainedStep[] = [
    stepOf('parse_jwt', findings, jwt === undefined ? '' : `signed with ${jwt.alg}`),
    claims === undefined
      ? notChecked('read_claims', 'nothing could be read')
      : stepOf('read_claims', claims.findings, claims.note),
    notChecked('fetch_client', 'only the server knows whether the client is registered and active'),
    jwt === undefined || !verifiable
      ? notChecked('verify_signature', 'there is no HMAC signature to verify')
      : signatureStep(jwt, known),
    expiryStep(claims, known.rules),
    clientIdStep(claims, known.client_id),
  ]
  return { steps, first_failure: steps.find(({ result }) => result === 'failed')?.step }
}

interface AllClaims {
  readonly findings: readonly Finding[]
  readonly note: string
  readonly client_id: string | undefined
  /** Epoch seconds. */
  readonly exp: number | undefined
  readonly iat: number | undefined
  readonly profile: Claims['profile']
}

/** More wrong claims than there are rules for. */
const maxWrongClaims = 12

/** Step 2, told in full: a wrong claim is replaced by a good one and the claims are read again. */
function readAllClaims(jwt: Jwt, { client_id, rules }: KnownOfClient): AllClaims {
  const findings: Finding[] = []
  let mended = jwt
  for (let mends = 0; mends < maxWrongClaims; mends++) {
    const verdict = readClaims(mended, rules)
    if (verdict.ok) break
    const claim = String(verdict.evidence.claim)
    findings.push(finding(causeOfClaim(mended, claim), `${claim} ${verdict.evidence.problem}.`))
    mended = withGoodClaim(mended, claim, client_id, rules)
  }
  const { payload } = jwt
  const strict = Object.hasOwn(payload, 'sub') || Object.hasOwn(payload, 'aud')
  const named = payload[strict ? 'sub' : 'client_id']
  const claims = {
    client_id: typeof named === 'string' ? named : undefined,
    exp: secondsOf(payload.exp),
    iat: secondsOf(payload.iat),
    profile: strict ? 'strict' : 'storx',
  } as const
  const end = claims.exp === undefined ? '' : `, exp ${timeOf(claims.exp)}`
  return {
    ...claims,
    findings,
    note: `${strict ? 'sub' : 'client_id'} ${shown(claims.client_id ?? '')}${end}`,
  }
}

/** A number of seconds, also where it was written in milliseconds or as text. */
function secondsOf(value: unknown): number | undefined {
  const number = typeof value === 'string' && /^\d{1,17}$/.test(value) ? Number(value) : value
  if (typeof number !== 'number' || !Number.isFinite(number)) return undefined
  return number > tooLargeForSeconds ? Math.floor(number / 1000) : number
}

/** As in step 2: epoch seconds do not get here before the year 5138. */
const tooLargeForSeconds = 1e11

function causeOfClaim({ payload }: Jwt, claim: string): Cause {
  const value = payload[claim]
  switch (claim) {
    case 'client_id':
      return value === undefined ? 'client_id_missing' : 'client_id_unfit'
    case 'exp':
      if (value === undefined) return 'exp_missing'
      if (typeof value !== 'number') return 'exp_unfit'
      return value > tooLargeForSeconds ? 'exp_in_milliseconds' : 'exp_too_far'
    case 'nbf':
      return typeof value === 'number' ? 'not_yet_valid' : 'nbf_unfit'
    case 'jti':
      return 'jti_unfit'
    default:
      return 'rfc7523_unkept'
  }
}

function withGoodClaim(jwt: Jwt, claim: string, client_id: string, { now, issuer }: AssertionRules): Jwt {
  if (claim === 'alg') return { ...jwt, alg: 'HS256' }
  const seconds = secondsOf(jwt.payload.exp)
  // Milliseconds and text are turned into seconds once, so that a time too far away shows behind them.
  const exp = seconds !== undefined && seconds !== jwt.payload.exp ? seconds : now + 60
  const whose = jwt.payload.sub ?? client_id
  const good: Record<string, unknown> = {
    client_id,
    sub: client_id,
    iss: whose,
    aud: issuer,
    iat: now,
    nbf: now,
    jti: 'a-jti-of-good-length',
    exp,
  }
  return { ...jwt, payload: { ...jwt.payload, [claim]: good[claim] } }
}

function signatureStep(jwt: Jwt, known: KnownOfClient): ExplainedStep {
  if (signedBy(jwt, known.client_secret)) return stepOf('verify_signature', [], 'made with the client secret')
  const cause = whatSigned(jwt, known) ?? 'secret_differs'
  return stepOf('verify_signature', [
    finding(cause, `The ${jwt.alg} signature does not fit the client secret.`),
  ])
}

function expiryStep(claims: AllClaims | undefined, rules: AssertionRules): ExplainedStep {
  if (claims?.exp === undefined) return notChecked('check_expiry', 'exp could not be read')
  const { exp, iat, profile } = claims
  const verdict = checkExpiry({ profile, client_id: '', exp, jti: undefined }, rules)
  if (verdict.ok)
    return stepOf(
      'check_expiry',
      [],
      exp > rules.now
        ? `${durationInWords(Math.ceil(exp) - rules.now)} left`
        : 'passed, but within the clock skew',
    )
  const lived =
    iat === undefined ? '' : ` It was made to live ${durationInWords(Math.max(0, Math.floor(exp - iat)))}.`
  return stepOf('check_expiry', [
    finding(
      'expired',
      `It expired ${durationInWords(rules.now - Math.floor(exp))} ago, at ${timeOf(exp)}.${lived}`,
    ),
  ])
}

function clientIdStep(claims: AllClaims | undefined, client_id: string): ExplainedStep {
  if (claims?.client_id === undefined) return notChecked('match_client_id', 'the JWT names no client')
  const { client_id: named, profile } = claims
  const verdict = matchClientId({ profile, client_id: named, exp: 0, jti: undefined }, client_id)
  if (verdict.ok) return stepOf('match_client_id', [], `both name ${shown(client_id)}`)
  const alike = named.trim().toLowerCase() === client_id.trim().toLowerCase()
  const found = `The JWT names ${shown(named)}, the request ${shown(client_id)}.`
  return stepOf('match_client_id', [finding(alike ? 'client_id_in_other_case' : 'client_id_differs', found)])
}

function stepOf(step: ClientAuthenticationStep, findings: readonly Finding[], note = ''): ExplainedStep {
  return findings.length === 0
    ? { step, result: 'passed', note, findings }
    : { step, result: 'failed', note: findings.map(({ means }) => means).join(' '), findings }
}

function notChecked(step: ClientAuthenticationStep, note: string): ExplainedStep {
  return { step, result: 'not_checked', note, findings: [] }
}

/** Hostile text for a terminal or page: printable characters, cut. */
const shown = (text: string): string => text.slice(0, 64).replaceAll(/[^\x20-\x7e]/g, '?')

/** Beyond what a date can say, the bare number. */
const timeOf = (seconds: number): string =>
  Math.abs(seconds) < 8e12 ? rfc3339(Math.floor(seconds)) : `${seconds}`
