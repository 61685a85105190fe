import { type AskedAccess, accessFields } from './access-form.ts'
import type { Client } from './client-auth.ts'
import { type AuthorizationServer, endpointOf } from './discover.ts'
import { randomText, sha256Text } from './encoding.ts'
import { postForm, type RequestOptions, unexpected } from './http.ts'
import { isObject, isText } from './json.ts'

export type AuthorizationForm = AskedAccess & {
  /** As registered, byte for byte; of a program on the user's machine with any port of the loopback. */
  readonly redirect_uri: string
  /** Whether the app wants to renew its access without asking again: a refresh token. */
  readonly offline_access?: boolean
  /**
   * Whether the request is sent ahead, so that the address the user follows tells nothing and cannot be changed. Clients
   * that prove who they are do so unless it says `false`; pages in a browser cannot.
   */
  readonly pushed?: boolean
  /** How the answer comes back: in the query of the redirect URI, or as a form that the browser posts to it. */
  readonly response_mode?: 'query' | 'form_post'
}

/** What the app keeps of an authorization until its callback: plain JSON, in the session of this user and nowhere else. */
export interface PendingAuthorization {
  readonly issuer: string
  readonly redirect_uri: string
  readonly state: string
  readonly code_verifier: string
}

export interface BegunAuthorization {
  /** Where the user's browser goes now. */
  readonly url: string
  readonly pending: PendingAuthorization
}

/**
 * Begins to ask a user for access: fresh `state` and PKCE, and the address that the browser is sent to.
 *
 * @throws RangeError for access that would be more than it looks: a `scope` or `places` without anything in it, or
 *   something undefined
 * @throws ValetkeyError when the server refuses a pushed request, or cannot be reached
 * @source RFC 6749 §4.1.1, RFC 7636 §4.3, RFC 9126 §2
 */
export async function beginAuthorization(
  valetkey: AuthorizationServer,
  client: Client,
  form: AuthorizationForm,
  options: RequestOptions = {},
): Promise<BegunAuthorization> {
  const { redirect_uri, response_mode } = form
  const { client_id } = client
  const [state, code_verifier] = [randomText(), randomText()]
  const request = {
    client_id,
    response_type: 'code',
    redirect_uri,
    ...accessFields(form, form.offline_access),
    state,
    code_challenge: await sha256Text(code_verifier),
    code_challenge_method: 'S256',
    response_mode,
  }
  const query = isPushed(valetkey, client, form)
    ? { client_id, request_uri: await push(valetkey, client, request, options) }
    : request
  return {
    url: withQuery(valetkey.authorization_endpoint, query),
    pending: { issuer: valetkey.issuer, redirect_uri, state, code_verifier },
  }
}

type Query = Readonly<Record<string, string | undefined>>

function isPushed(valetkey: AuthorizationServer, { auth }: Client, { pushed }: AuthorizationForm): boolean {
  if (pushed !== undefined) return pushed
  if (valetkey.require_pushed_authorization_requests === true) return true
  return auth.method !== 'none' && valetkey.pushed_authorization_request_endpoint !== undefined
}

async function push(
  valetkey: AuthorizationServer,
  { client_id, auth }: Client,
  request: Query,
  options: RequestOptions,
): Promise<string> {
  const url = endpointOf(valetkey, 'pushed_authorization_request_endpoint')
  const proof = await auth.proofFor({ client_id, issuer: valetkey.issuer })
  const answer = await postForm(url, { ...request, ...proof }, options)
  if (!isObject(answer.body) || !isText(answer.body.request_uri)) {
    throw unexpected(answer, 'has no request_uri')
  }
  return answer.body.request_uri
}

function withQuery(endpoint: string, query: Query): string {
  const url = new URL(endpoint)
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) url.searchParams.set(name, value)
  }
  return url.href
}
