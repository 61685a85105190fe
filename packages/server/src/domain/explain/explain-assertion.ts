import type { ExplainedStepAnswer, ExplanationAnswer } from '@valetkey/protocol'
import { type AssertionRules, madeWith } from '../client-assertion.ts'
import { isHmac } from '../jwt.ts'
import { clientAuthenticationSteps, type Step } from '../token-request.ts'
import { failed, passed, type Verdict } from '../verdict.ts'
import { explain } from './explain.ts'
import {
  type Inspected,
  inOrder,
  inspectClaims,
  type ReadAssertion,
  readAssertion,
} from './inspect-assertion.ts'
import { beginningsOf, mistakenFor, whoSigned, withoutSecret } from './signature-forensics.ts'

export interface KnownOfClient {
  /** What the request names. */
  readonly client_id: string
  readonly client_secret: string
  readonly rules: AssertionRules
}

/**
 * The six steps of client authentication for one JWT, offline: every failure with its cause and its fix, in the words
 * of the server's own explanations. The client's record is not at hand, so step 3 is never reached.
 */
export function explainAssertion(assertion: string, known: KnownOfClient): ExplanationAnswer {
  const { client_id, client_secret, rules } = known
  const read = readAssertion(assertion, rules, [client_secret])
  const steps = inOrder([
    ...read.steps,
    ...signature(read, known).map((verdict) => ['verify_signature', verdict] as const),
    ...inspectClaims(read, rules, client_id),
  ] satisfies Inspected<Step>[])
  const me = { id: '', client_id, name: '', state: 'active', updated_at: 0, secrets: [] } as const
  const explanation = explain(
    { client_id, reason: null, request: {}, steps },
    { clients: [me], url: rules.issuer },
  )
  const six: readonly string[] = clientAuthenticationSteps
  return {
    ...explanation,
    steps: explanation.steps.filter(({ step }) => six.includes(step)).map(offline),
  }
}

/** What is known and what is not, with nothing but the JWT and a secret at hand. */
function offline(step: ExplainedStepAnswer): ExplainedStepAnswer {
  if (step.result === 'not_reached') return { ...step, note: whyNot[step.step] ?? '' }
  const fits = step.step === 'verify_signature' && step.findings.length === 0
  return fits ? { ...step, note: 'made with the secret given here' } : step
}

const whyNot: Readonly<Record<string, string>> = {
  read_claims: 'nothing could be read',
  fetch_client: 'only the server knows whether the client is registered and active',
  verify_signature: 'there is no HMAC signature to verify',
  check_expiry: 'exp could not be read',
  match_client_id: 'the JWT names no client',
}

function signature(
  { jwt, verifiable }: ReadAssertion,
  { client_id, client_secret }: KnownOfClient,
): readonly Verdict<unknown>[] {
  if (jwt === undefined || !verifiable || !isHmac(jwt)) return []
  const evidence = { alg: jwt.alg }
  if (madeWith(jwt, Buffer.from(client_secret))) return [passed(true, evidence)]
  const suspects = [
    ...mistakenFor(client_secret),
    ...withoutSecret(client_id),
    ...beginningsOf(client_secret),
  ]
  const signer = whoSigned(jwt, suspects)
  return [failed(signer?.cause ?? 'secret_given_differs', { ...evidence, ...signer?.evidence })]
}
