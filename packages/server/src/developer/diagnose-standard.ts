import {
  clientGrantTypes,
  deviceAuthorizationForm,
  deviceCodeGrant,
  pushedRequestForm,
  standardTokenForm,
  tokenQuestionForm,
} from '@valetkey/protocol'
import type { z } from 'zod'
import type { Deps } from '../deps.ts'
import type { Client } from '../domain/client.ts'
import { usablePublicClient } from '../domain/client-assertion.ts'
import { clientProof, type Proof, type UnreadProof } from '../domain/client-proof.ts'
import type { Explainable } from '../domain/explain/explain.ts'
import { readAssertion } from '../domain/explain/inspect-assertion.ts'
import type { PastedRequest } from '../domain/pasted/parse-request.ts'
import type { StandardEndpoint } from '../domain/pasted/standard-endpoint.ts'
import { fittingPart, type PartialTokenForm } from '../domain/token-form.ts'
import {
  asUnreached,
  type Evidence,
  isFailure,
  type Step,
  type TraceStep,
  tokenRequestSteps,
} from '../domain/token-request.ts'
import { failed, passed, type Verdict } from '../domain/verdict.ts'
import { inspectTokenRequest } from '../inspect-token-request.ts'
import { assertionRules } from '../verification-keys.ts'

type Sent = PastedRequest['parameters']
type StandardRequest = PastedRequest & { readonly endpoint: StandardEndpoint }

/**
 * What a pasted request of the standard dialect would meet: who sends it at every endpoint, and what becomes of a code.
 * The rest is not reached. Nothing is spent, marked or kept.
 */
export async function inspectStandard(
  deps: Deps,
  pasted: StandardRequest,
  told: readonly TraceStep[],
  mayLookAt: (client: Client) => boolean,
): Promise<Omit<Explainable, 'reason'>> {
  // An empty parameter counts as not sent.
  const sent = Object.fromEntries(Object.entries(pasted.parameters).filter(([, text]) => text !== ''))
  const proof = clientProof(sent, pasted.authorization_header ?? undefined)
  const form = formOf(deps, pasted.endpoint, sent, proof)
  const named =
    form.client_id === undefined ? undefined : await deps.store.clients.findByClientId(form.client_id)
  const client = named !== undefined && mayLookAt(named) ? named : undefined
  const steps = [
    ...told,
    ...refusalOf(proof, told),
    ...(proof.how === 'none' ? [taken('fetch_client', usablePublicClient(client, proof.client_id))] : []),
    ...grantTypeSteps(pasted, client),
    ...(await inspectTokenRequest(deps, form, deps.clock.now(), mayLookAt)),
  ]
  return { client_id: form.client_id ?? null, request: factsOf(pasted, proof), steps: inOrder(steps) }
}

const forms: Readonly<Record<StandardEndpoint, z.ZodObject>> = {
  token: standardTokenForm,
  par: pushedRequestForm,
  device_authorization: deviceAuthorizationForm,
  revoke: tokenQuestionForm,
  introspect: tokenQuestionForm,
}

const requiredBy: ReadonlyMap<string | undefined, readonly string[]> = new Map([
  [undefined, ['grant_type']],
  ['authorization_code', ['code', 'redirect_uri']],
  ['refresh_token', ['refresh_token']],
  [deviceCodeGrant, ['device_code']],
])

/** What a token request of this grant type cannot do without; the other endpoints are asked for the client alone. */
export const requiredIn = (endpoint: StandardEndpoint, { grant_type }: Sent): readonly string[] =>
  endpoint === 'token' ? (requiredBy.get(grant_type === '' ? undefined : grant_type) ?? []) : []

/** The parameters that the endpoint knows and that are too long. */
export const unfitIn = (endpoint: StandardEndpoint, sent: Sent): readonly string[] => {
  const { error } = forms[endpoint].safeParse(sent)
  return [...new Set(error?.issues.map(({ path }) => String(path[0])))]
}

/** What a second look needs; of a request for something else than a code only who sends it. */
function formOf(
  deps: Deps,
  endpoint: StandardEndpoint,
  sent: Sent,
  proof: Proof | UnreadProof,
): PartialTokenForm {
  const asserted = proof.how === 'jwt' ? proof : undefined
  const redeems = endpoint === 'token' && sent.grant_type === 'authorization_code'
  const part = fittingPart({
    ...(redeems ? sent : {}),
    client_id: clientNamed(deps, proof),
    client_secret: asserted?.jwt,
  })
  return { ...part, ...(asserted === undefined ? {} : { carrier: asserted.carrier }), dialect: 'standard' }
}

/** An assertion may stand alone; then it says whose it is. @source RFC 7521 §4.2 */
function clientNamed(deps: Deps, proof: Proof | UnreadProof): string | undefined {
  if (proof.client_id !== undefined || proof.how !== 'jwt') return proof.client_id
  const { carrier, jwt } = proof
  const rules = {
    ...assertionRules(deps, deps.clock.now()),
    carrier,
    strict_only: carrier === 'client_assertion',
  }
  return readAssertion(jwt, rules).claims.client_id
}

/** With names and values of closed lists alone. */
function factsOf(
  { endpoint, parameters: { grant_type } }: StandardRequest,
  proof: Proof | UnreadProof,
): Evidence {
  return {
    endpoint,
    ...(grant_type === undefined
      ? {}
      : { grant_type: clientGrantTypes.find((known) => known === grant_type) ?? 'unknown' }),
    proof: proof.how === 'jwt' ? proof.carrier : proof.how === 'none' ? 'none' : null,
  }
}

/** Why nobody can tell who sends it; not where the body that should say so could not be read. */
function refusalOf(proof: Proof | UnreadProof, told: readonly TraceStep[]): readonly TraceStep[] {
  if (proof.how !== 'unread') return []
  const { reason } = proof
  const unseen = told.some(({ evidence: { cause } }) => cause === 'file_not_read' || cause === 'unreadable')
  if (reason === 'credentials_missing' && unseen) return []
  return [{ step: 'read_request', result: 'failed', evidence: { cause: reason } }]
}

function grantTypeSteps(
  { endpoint, parameters: { grant_type: sent } }: StandardRequest,
  client: Client | undefined,
): readonly TraceStep[] {
  if (endpoint !== 'token' || sent === undefined || sent === '') return []
  const grant_type = clientGrantTypes.find((known) => known === sent)
  if (grant_type === undefined) return [taken('check_grant_type', failed('grant_type_unsupported'))]
  if (client === undefined) return []
  const { grant_types: registered } = client
  return [
    taken(
      'check_grant_type',
      registered.includes(grant_type)
        ? passed(grant_type, { grant_type })
        : failed('grant_type_unregistered', { grant_type, registered }),
    ),
  ]
}

const taken = (step: Step, { ok, evidence }: Verdict<unknown>): TraceStep => ({
  step,
  result: ok ? 'passed' : 'failed',
  evidence,
})

/** Behind the first step that fails, none is reached. */
function inOrder(all: readonly TraceStep[]): readonly TraceStep[] {
  const steps = tokenRequestSteps.flatMap((step) => all.filter((one) => one.step === step))
  const first = steps.find(isFailure)?.step
  const end = steps.findIndex(({ step }) => step === first)
  return steps.map((one, at): TraceStep => {
    if (end !== -1 && one.step === first) return { ...one, result: 'failed' }
    return end !== -1 && at > end ? asUnreached(one) : one
  })
}
