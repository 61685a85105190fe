import { authorizationParameters, type PushedRequestAnswer } from '@valetkey/protocol'
import type { Deps } from '../deps.ts'
import type { Proof } from '../domain/client-proof.ts'
import type { PushedRequest } from '../domain/pushed-request.ts'
import { isRegisteredFor } from '../domain/redirect-uri.ts'
import { needed, type Parameters } from '../http/form-body.ts'
import { limitRate } from '../http/limits.ts'
import { newToken, tokenHash } from '../ids.ts'
import { refuse } from '../refusals.ts'
import { authenticateClient, clientAlone } from './authenticate-client.ts'
import { askedAuthorization } from './authorization-parameters.ts'
import type { Trace } from './trace.ts'

const urn = 'urn:ietf:params:oauth:request_uri:'

/**
 * Takes an authorization request ahead of its user: everything is checked as at the authorization endpoint, with the
 * client known for certain.
 *
 * @source RFC 9126 §2
 * @refuses redirect_uri_unproven request_malformed rate_limited
 */
export async function pushAuthorization(
  deps: Deps,
  proof: Proof,
  parameters: Parameters,
  trace: Trace,
): Promise<PushedRequestAnswer> {
  const _now = deps.clock.now()
  const { client } = await authenticateClient(deps, proof, trace, {
    ...clientAlone(deps, 'pushed_request'),
    grant_type: 'authorization_code',
  })
  // Whatever anybody can make rows with has an end.
  if (proof.how === 'none') await limitRate(deps, 'unproven_request', trace.caller)
  if (parameters.has('request_uri'))
    throw refuse('request_malformed', { description: 'request_uri: not in a pushed request.' })
  // Beside an assertion as well. @source RFC 9126 §2.1
  if (!parameters.has('client_id'))
    throw refuse('request_malformed', { description: 'client_id is missing.' })
  const redirect_uri = needed(parameters, 'redirect_uri')
  if (!isRegisteredFor(client, redirect_uri)) throw refuse('redirect_uri_unproven')
  await askedAuthorization(deps, client, parameters)
  return storePushed(deps, client.client_id, parameters, 'client')
}

/** What was not checked yet, as when a browser posts it, is checked when it is opened. */
export async function storePushed(
  deps: Pick<Deps, 'store' | 'clock' | 'random' | 'settings'>,
  client_id: string,
  parameters: Parameters,
  came_by: PushedRequest['came_by'],
): Promise<PushedRequestAnswer> {
  const now = deps.clock.now()
  const token = newToken(deps)
  // Proofs have served, and whatever else stands there is nothing that anybody asked, and may be a secret.
  const kept = [...parameters].filter(([name]) => authorizationParameters.includes(name))
  await deps.store.pushedRequests.add({
    request_uri_hash: tokenHash(token),
    client_id,
    parameters: { ...Object.fromEntries(kept), client_id },
    came_by,
    created_at: now,
    expires_at: now + deps.settings.pushed_request_ttl,
    opened_at: null,
  })
  return { request_uri: `${urn}${token}`, expires_in: deps.settings.pushed_request_ttl }
}

/** The hash under which a `request_uri` is kept; undefined for one that is none of ours. */
export function pushedHash(request_uri: string): string | undefined {
  const token = request_uri.startsWith(urn) ? request_uri.slice(urn.length) : ''
  return /^[\w-]{43}$/.test(token) ? tokenHash(token) : undefined
}
