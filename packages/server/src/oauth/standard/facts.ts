import { clientGrantTypes, pushedRequestForm, standardTokenForm, tokenQuestionForm } from '@valetkey/protocol'
import type { FastifyRequest } from 'fastify'
import type { Proof } from '../../domain/client-proof.ts'
import { fittingPart, isFit, type PartialTokenForm } from '../../domain/token-form.ts'
import type { Evidence } from '../../domain/token-request.ts'
import { type Parameters, parametersIn } from '../../http/form-body.ts'
import { namedClient, requestFacts } from '../../http/request-facts.ts'
import { Refusal } from '../../refusals.ts'
import { readProof } from './read-proof.ts'

export type Endpoint = 'token' | 'par' | 'device_authorization' | 'revoke' | 'introspect'

/** How the request proves who sent it, as far as that can be read; the throttle, the facts and a second look ask for it. */
export interface Seen {
  readonly request: FastifyRequest
  readonly parameters: Parameters
  readonly proof: Proof | undefined
  /** Cut; null where the request names nobody. */
  readonly client_id: string | null
}

export function see(request: FastifyRequest): Seen {
  const parameters = parametersIn(request)
  const proof = proofIn(parameters, request)
  const named =
    proof?.client_id ??
    parameters.get('client_id') ??
    namedIn(parameters.get('client_assertion')) ??
    queryOf(request).get('client_id')
  return { request, parameters, proof, client_id: namedClient(named) }
}

/** With names that OAuth could have, and values of closed lists alone. */
export function factsOf(endpoint: Endpoint, { request, parameters, proof }: Seen): Evidence {
  const grant_type = parameters.get('grant_type')
  return {
    endpoint,
    ...(grant_type === undefined
      ? {}
      : { grant_type: clientGrantTypes.find((known) => known === grant_type) ?? 'unknown' }),
    proof: proof === undefined ? null : proof.how === 'none' ? 'none' : proof.carrier,
    parameters: [...parameters.keys()].filter((name) => /^[a-z_]{1,40}$/.test(name)),
    in_address: [...queryOf(request).keys()].filter((name) => known.has(name)),
    ...requestFacts(request),
  }
}

/** What a second look at the request needs, in the names of the token request that everything else is explained in. */
export function formOf({ parameters, proof, client_id }: Seen): PartialTokenForm {
  const { client_secret, ...form } = fittingPart({ ...Object.fromEntries(parameters), client_id })
  const asserted =
    proof?.how === 'jwt' && isFit('client_secret', proof.jwt)
      ? { client_secret: proof.jwt, carrier: proof.carrier }
      : {}
  return { ...form, ...asserted, dialect: 'standard' }
}

const known: ReadonlySet<string> = new Set([
  ...Object.keys(standardTokenForm.shape),
  ...Object.keys(pushedRequestForm.shape),
  ...Object.keys(tokenQuestionForm.shape),
])

/** Where nothing belongs. */
const queryOf = ({ url }: FastifyRequest): URLSearchParams => new URLSearchParams(url.split('?', 2)[1])

/** An assertion may stand alone; then it says whose it is, for all that is known before it is verified. @source RFC 7521 §4.2 */
function namedIn(jwt: string | undefined): string | undefined {
  try {
    const payload: unknown = JSON.parse(Buffer.from(jwt?.split('.')[1] ?? '', 'base64url').toString())
    const sub = typeof payload === 'object' && payload !== null && 'sub' in payload ? payload.sub : undefined
    return typeof sub === 'string' ? sub : undefined
  } catch {
    return undefined
  }
}

function proofIn(parameters: Parameters, request: FastifyRequest): Proof | undefined {
  try {
    return readProof(parameters, request)
  } catch (thrown) {
    if (thrown instanceof Refusal) return undefined
    throw thrown
  }
}
