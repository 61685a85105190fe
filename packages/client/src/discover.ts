import { getJson, type RequestOptions, unexpected } from './http.ts'
import { isListOf, isObject, isText, type JsonObject } from './json.ts'
import { localError } from './valetkey-error.ts'

/** What a server says of itself: plain JSON, to be kept for as long as its operator does not move. @source RFC 8414 §2 */
export interface AuthorizationServer {
  readonly issuer: string
  readonly authorization_endpoint: string
  readonly token_endpoint: string
  readonly pushed_authorization_request_endpoint?: string
  readonly require_pushed_authorization_requests?: boolean
  readonly device_authorization_endpoint?: string
  readonly revocation_endpoint?: string
  readonly introspection_endpoint?: string
  readonly registration_endpoint?: string
  readonly scopes_supported?: readonly string[]
  readonly grant_types_supported?: readonly string[]
  readonly authorization_details_types_supported?: readonly string[]
}

/**
 * Reads the metadata of an authorization server.
 *
 * It must call itself what you call it, byte for byte: a slash more is another server.
 *
 * @param issuer such as `https://auth.example`; `http` on the loopback alone
 * @throws RangeError when that is no issuer
 * @throws ValetkeyError `issuer_mismatch` `unexpected_answer` `unreachable`, or what the server says
 * @source RFC 8414 §3 (where it is), §3.3 (who says it)
 */
export async function discover(issuer: string, options: RequestOptions = {}): Promise<AuthorizationServer> {
  const answer = await getJson(metadataUrl(issuer), options)
  const metadata = answer.body
  if (!isObject(metadata)) throw unexpected(answer, 'has no metadata')
  if (metadata.issuer !== issuer) {
    const itself = isText(metadata.issuer) ? `"${metadata.issuer}"` : 'nothing'
    const { status, trace_id } = answer
    throw localError('issuer_mismatch', `The server at "${issuer}" calls itself ${itself}.`, {
      status,
      trace_id,
    })
  }
  if (!isAuthorizationServer(metadata)) throw unexpected(answer, 'has metadata that cannot be used')
  return metadata
}

/** The well-known part goes between the host and the path of the issuer. */
function metadataUrl(issuer: string): string {
  const url = parsed(issuer)
  if (url === undefined || !isSafe(url) || /[?#]/.test(issuer)) {
    throw new RangeError('an issuer is an https URL without query and fragment; http is for the loopback')
  }
  return `${url.origin}/.well-known/oauth-authorization-server${url.pathname.replace(/\/$/, '')}`
}

const loopback: readonly string[] = ['localhost', '127.0.0.1', '[::1]']

/** Where secrets may be sent to, and users. */
function isSafe({ protocol, hostname, username, password }: URL): boolean {
  if (username !== '' || password !== '') return false
  return protocol === 'https:' || (protocol === 'http:' && loopback.includes(hostname))
}

/** `URL.parse` is younger than some browsers. */
function parsed(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined
}

const needed = ['authorization_endpoint', 'token_endpoint']
const optional = [
  'pushed_authorization_request_endpoint',
  'device_authorization_endpoint',
  'revocation_endpoint',
  'introspection_endpoint',
  'registration_endpoint',
]
const lists = ['scopes_supported', 'grant_types_supported', 'authorization_details_types_supported']

function isAuthorizationServer(metadata: JsonObject): metadata is JsonObject & AuthorizationServer {
  const endpoints = [...needed, ...optional.filter((name) => metadata[name] !== undefined)]
  const flag = metadata.require_pushed_authorization_requests
  return (
    endpoints.every((name) => isEndpoint(metadata[name])) &&
    lists.every((name) => metadata[name] === undefined || isListOf(metadata[name], isText)) &&
    (flag === undefined || typeof flag === 'boolean')
  )
}

function isEndpoint(value: unknown): boolean {
  const url = isText(value) ? parsed(value) : undefined
  return url !== undefined && isSafe(url) && url.hash === ''
}

/** Where the server does this. @throws ValetkeyError `endpoint_missing` */
export function endpointOf(
  valetkey: AuthorizationServer,
  name: 'pushed_authorization_request_endpoint' | 'device_authorization_endpoint' | 'revocation_endpoint',
): string {
  const url = valetkey[name]
  if (url === undefined) throw localError('endpoint_missing', `The server has no ${name}.`)
  return url
}
