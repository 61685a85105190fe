import { AccessGrantError, cipherSuite, parseAccessGrant, serializeAccessGrant } from '@valetkey/access-grant'
import type { Client } from './client-auth.ts'
import { type AuthorizationServer, endpointOf } from './discover.ts'
import type { Grant } from './grant.ts'
import { halvesOf } from './halves.ts'
import { postForm, type RequestOptions } from './http.ts'

/**
 * Gives the access back: the grant ends with all its access grants and refresh tokens, at the storage network too.
 *
 * Of a refresh token the server's half alone is sent, of an access grant everything but its storage keys. A token that
 * the server does not know counts as revoked.
 *
 * @param grant a grant, its refresh token, or its access grant
 * @throws ValetkeyError `endpoint_missing` `unreachable`, or what the server says
 * @source RFC 7009 §2
 */
export async function revokeGrant(
  valetkey: AuthorizationServer,
  { client_id, auth }: Client,
  grant: string | Pick<Grant, 'access_grant' | 'refresh_token'>,
  options: RequestOptions = {},
): Promise<void> {
  const url = endpointOf(valetkey, 'revocation_endpoint')
  const token = typeof grant === 'string' ? grant : (grant.refresh_token ?? grant.access_grant)
  const proof = await auth.proofFor({ client_id, issuer: valetkey.issuer })
  await postForm(url, { token: withoutKeys(token), client_id, ...proof }, options)
}

/** What the server needs to know a token by, and nothing that opens the user's data. */
function withoutKeys(token: string): string {
  try {
    const encryption_access = { default_path_cipher: cipherSuite.aes_gcm, store_entries: [] }
    return serializeAccessGrant({ ...parseAccessGrant(token), encryption_access })
  } catch (error) {
    if (!(error instanceof AccessGrantError)) throw error
    return halvesOf(token).server_half
  }
}
