import type { DiagnosisAnswer, ExplainedStepAnswer } from '@valetkey/protocol'
import { clientSteps } from './steps.ts'

/**
 * Text that stands where a JWT would, all by itself: the JWT, also when a terminal broke it into lines, or what was
 * taken for one, as the secret itself. Everything else is a request.
 */
export function isJwtAlone(text: string): boolean {
  const bare = text.trim()
  return /^["']?eyJ[\w+/=.\s-]*["']?$/.test(bare) || /^["']?[\w+/.-]{20,}={0,2}["']?$/.test(bare)
}

/** What goes to be diagnosed: the request as it was pasted, or one around the JWT and the client that it names. */
export function requestOf(text: string): string {
  if (!isJwtAlone(text)) return text
  return JSON.stringify({ client_secret: text.trim(), client_id: clientIn(text) })
}

/** The `client_id` that a JWT claims to be of, if it can be read. */
function clientIn(jwt: string): string | undefined {
  try {
    const payload = jwt.split('.')[1]?.replaceAll('-', '+').replaceAll('_', '/') ?? ''
    const claims: unknown = JSON.parse(atob(payload))
    if (typeof claims !== 'object' || claims === null) return undefined
    const named = 'client_id' in claims ? claims.client_id : 'sub' in claims ? claims.sub : undefined
    return typeof named === 'string' && named !== '' && named.length <= 256 ? named : undefined
  } catch {
    return undefined
  }
}

/** Client authentication, as far as a JWT alone shows it: neither what it came in, nor what stood beside it. */
const isOfJwt = (step: string): boolean =>
  clientSteps.has(step) && step !== 'read_request' && step !== 'match_client_id'

/**
 * What a diagnosis says of a JWT that was looked at alone: nothing of what is missing around it, and its steps as if
 * they had been reached.
 */
export function ofJwtAlone(diagnosis: DiagnosisAnswer): DiagnosisAnswer {
  const { explanation } = diagnosis
  const unread = explanation.steps.flatMap(withoutTheMissing)
  const steps = explanation.steps.filter(({ step }) => isOfJwt(step)).filter(isJudged)
  const first = unread.length > 0 ? undefined : steps.findIndex(({ result }) => isFailure(result))
  const reached =
    first === undefined
      ? steps
      : steps.map((step, at) => (first === -1 || at <= first ? asReached(step) : step))
  const all = [...unread, ...reached]
  const first_failure = all.find(({ result }) => result === 'failed')?.step ?? null
  return {
    ...diagnosis,
    ok: first_failure === null,
    explanation: { ...explanation, first_failure, steps: all },
  }
}

function withoutTheMissing(step: ExplainedStepAnswer): ExplainedStepAnswer[] {
  if (step.step !== 'read_request') return []
  const findings = step.findings.filter(({ cause }) => cause !== 'parameter_missing')
  return findings.length === 0 ? [] : [{ ...step, findings }]
}

/** A `jti` is checked where there is one. */
const isJudged = ({ step, result }: ExplainedStepAnswer): boolean =>
  step !== 'check_jti' || result !== 'not_reached'

const isFailure = (result: ExplainedStepAnswer['result']): boolean =>
  result === 'failed' || result === 'would_fail'

function asReached(step: ExplainedStepAnswer): ExplainedStepAnswer {
  switch (step.result) {
    case 'would_pass':
      return { ...step, result: 'passed' }
    case 'would_fail':
      return { ...step, result: 'failed' }
    default:
      return step
  }
}
