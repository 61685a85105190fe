import type { ClientApplicationType, ClientGrantType, TokenEndpointAuthMethod } from '@valetkey/protocol'

/** `inactive` is its developer's doing, `suspended` the operator's: its developer does not undo that. */
export type ClientState = 'active' | 'inactive' | 'suspended' | 'deleted'

/** What suspended a client: the operator, this one; or its developer, who is suspended. */
export type Suspension = 'client' | 'developer'

/** A registered program. */
export interface Client {
  /** The row's id, in the paths of client management; not the `client_id`. */
  readonly id: string
  readonly developer_id: string
  /** UUID, public. */
  readonly client_id: string
  readonly name: string
  readonly description: string
  /** Byte for byte as registered; compared as strings. */
  readonly redirect_uris: readonly string[]
  /** What the client may ask for; empty means any scope. */
  readonly scopes: readonly string[]
  readonly state: ClientState
  /** Whether `{client_id, exp}` assertions are accepted beside RFC 7523 ones. */
  readonly storx_profile: boolean
  /** How it proves who it is: an attribute of the client, never of the request. @source RFC 8725 §3.1 */
  readonly token_endpoint_auth_method: TokenEndpointAuthMethod
  readonly grant_types: readonly ClientGrantType[]
  /** The pages of `browser` ones may call the token and the revocation endpoint from their own origin. */
  readonly application_type: ClientApplicationType
  /** Public keys of `private_key_jwt`, by value: the JSON text of a JWK Set; null without, or with `jwks_uri`. @source RFC 7517 §5 */
  readonly jwks: string | null
  /** Where they are, https. */
  readonly jwks_uri: string | null
  /** Whether only pushed authorization requests are taken. @source RFC 9126 §6 */
  readonly require_pushed_authorization_requests: boolean
  /** SHA-256 of the registration access token, base64url; null for a client registered elsewhere. @source RFC 7592 §3 */
  readonly registration_token_hash: string | null
  /** Epoch seconds. */
  readonly created_at: number
  readonly updated_at: number
}

/** A secret of a client. Two may be valid at once while a rotation is under way. */
export interface ClientSecret {
  readonly id: string
  /** The client row's `id`. */
  readonly client_row_id: string
  /** The secret text's UTF-8 bytes, sealed with the purpose `client-secret` and this row's id. */
  readonly sealed_secret: string
  /** Epoch seconds. */
  readonly created_at: number
  /** Epoch seconds from which on the secret verifies nothing any more; null while it is current. */
  readonly retires_at: number | null
  /** Id of the developer who rotated it out. */
  readonly retired_by: string | null
  readonly last_used_at: number | null
}

/** A client that can keep a secret or a key. @source RFC 6749 §2.1 */
export const isConfidential = ({ token_endpoint_auth_method }: Client): boolean =>
  token_endpoint_auth_method !== 'none'

/** True while a signature made with this secret counts. */
export function isUsable(secret: ClientSecret, now: number): boolean {
  return secret.retires_at === null || now < secret.retires_at
}

/** A client has its current secret and, while a rotation is under way, the one before. Each is tried on every request. */
export const maxUsableSecrets = 2

/** Retired secrets that are kept beside those, so that a signature made with one can be explained. */
export const keptRetiredSecrets = 8
