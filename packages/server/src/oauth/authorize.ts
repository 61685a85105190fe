import type { Acting } from '../audited.ts'
import type { Deps } from '../deps.ts'
import type { Client } from '../domain/client.ts'
import type { PushedRequest } from '../domain/pushed-request.ts'
import { isRegisteredFor, redirectUriDifference } from '../domain/redirect-uri.ts'
import type { Evidence } from '../domain/token-request.ts'
import type { Parameters } from '../http/form-body.ts'
import { type Refusal, refuse } from '../refusals.ts'
import { askedAuthorization } from './authorization-parameters.ts'
import { pushedHash, storePushed } from './push-authorization.ts'
import { recordAuthorization } from './request-authorization.ts'

/** Parameters as a browser brought them. */
export interface Sent {
  readonly parameters: Parameters
  /** Why more of what came cannot be read; what can be is in `parameters`. */
  readonly malformed?: Refusal
}

/** An authorization request of a known client, to be answered at a redirect URI of its own. */
export interface ProvenRequest {
  readonly client: Client
  readonly redirect_uri: string
  /** Where the client pushed them these, and not those of the address. */
  readonly parameters: Parameters
  readonly malformed: Refusal | undefined
  readonly request_uri: string | undefined
  /** Who brought it here first; undefined where the address itself is the request. */
  readonly came_by: PushedRequest['came_by'] | undefined
}

/** The names under which secrets travel in OAuth. None of them belongs into an authorization request. */
const credentials = [
  'client_secret',
  'client_assertion',
  'access_token',
  'access_grant',
  'refresh_token',
  'code_verifier',
  'password',
  'passphrase',
]

/**
 * Sees whose request it is and where it is answered, before anybody is sent anywhere: the client first, then its redirect
 * URI. A stranger does not learn which of the two was wrong; `note` is told for the client's developer.
 *
 * @source RFC 6749 §3.1.2.4, §4.1.2.1; RFC 9126 §4; RFC 9700 §4.11.2
 * @refuses credentials_in_address request_malformed request_uri_unknown link_unproven
 */
export async function proveAuthorization(
  deps: Pick<Deps, 'store' | 'clock' | 'settings'>,
  { parameters: sent, malformed }: Sent,
  note: (facts: Evidence) => void,
): Promise<ProvenRequest> {
  const exposed = credentials.filter((name) => sent.has(name))
  if (exposed.length > 0) {
    note({ in_address: exposed })
    throw refuse('credentials_in_address')
  }
  const client_id = sent.get('client_id')
  if (client_id === undefined) throw malformed ?? missing('client_id')
  const request_uri = sent.get('request_uri')
  const pushed = request_uri === undefined ? undefined : await opened(deps, request_uri, client_id)
  const parameters = pushed === undefined ? sent : new Map(Object.entries(pushed.parameters))
  const redirect_uri = parameters.get('redirect_uri')
  if (redirect_uri === undefined) throw malformed ?? missing('redirect_uri')
  const client = await deps.store.clients.findByClientId(client_id)
  if (client?.state !== 'active' || !isRegisteredFor(client, redirect_uri)) {
    if (client !== undefined) note(differenceFrom(client, redirect_uri))
    throw refuse('link_unproven')
  }
  return { client, redirect_uri, parameters, malformed, request_uri, came_by: pushed?.came_by }
}

/**
 * Looks at everything else that a proven client asks, and records it for the signed-in user, who decides next. Returns
 * the `request_id`.
 *
 * @source RFC 6749 §4.1.1; RFC 9126 §4, §6
 * @refuses request_uri_unknown pushed_request_needed interaction_needed rate_limited
 */
export async function authorize(
  deps: Deps,
  by: Acting,
  { client, parameters, malformed, request_uri, came_by }: ProvenRequest,
): Promise<string> {
  if (malformed !== undefined) throw malformed
  if (request_uri !== undefined) await takeOnce(deps, request_uri, client)
  if (client.require_pushed_authorization_requests && came_by !== 'client')
    throw refuse('pushed_request_needed')
  const asked = await askedAuthorization(deps, client, parameters)
  if (asked.prompt_none) throw refuse('interaction_needed')
  return recordAuthorization(deps, by, client, asked)
}

const missing = (name: string) => refuse('request_malformed', { description: `${name} is missing.` })

/** From the registered one that it resembles most: that with the longest beginning in common. */
function differenceFrom({ state, redirect_uris }: Client, redirect_uri: string): Evidence {
  const [nearest = ''] = redirect_uris.toSorted(
    (a, b) => inCommon(b, redirect_uri) - inCommon(a, redirect_uri),
  )
  return { client_state: state, redirect_uri_difference: redirectUriDifference(redirect_uri, nearest) }
}

function inCommon(a: string, b: string): number {
  const end = [...a].findIndex((char, at) => b[at] !== char)
  return end === -1 ? a.length : end
}

/** It may be opened again while its user signs in, as long as a decision would wait. */
async function opened(
  { store, clock, settings }: Pick<Deps, 'store' | 'clock' | 'settings'>,
  request_uri: string,
  client_id: string,
): Promise<PushedRequest> {
  const hash = pushedHash(request_uri)
  const now = clock.now()
  const found = hash && (await store.pushedRequests.open(hash, client_id, now, now + settings.consent_ttl))
  if (!found) throw refuse('request_uri_unknown')
  return found
}

/** @source RFC 9126 §7.3 (one-time use) */
async function takeOnce(
  { store, clock }: Pick<Deps, 'store' | 'clock'>,
  request_uri: string,
  { client_id }: Client,
): Promise<void> {
  const hash = pushedHash(request_uri)
  const taken = hash && (await store.pushedRequests.take(hash, client_id, clock.now()))
  if (!taken) throw refuse('request_uri_unknown')
}

/**
 * Keeps what a form of another site posted, and returns the `request_uri` that stands for it: the session's cookie comes
 * with the navigation that follows, and not with that post.
 */
export async function keepPosted(
  deps: Pick<Deps, 'store' | 'clock' | 'random' | 'settings'>,
  { client, parameters }: ProvenRequest,
): Promise<string> {
  return (await storePushed(deps, client.client_id, parameters, 'browser')).request_uri
}
