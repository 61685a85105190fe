import { decodeBase64Url, openAccessGrant } from '@valetkey/access-grant'
import type { ConsentPageData, TokenAnswer } from '@valetkey/protocol'

/**
 * Redeems the server's half of the code in the app's name, and puts the storage keys into what comes back: the browser's
 * half opens them here. What the app is to be told: the access grant, or the error.
 */
export async function fetchAccessGrant(
  { client_id, redirect_uri }: ConsentPageData,
  { client_secret, code, half }: { client_secret: string; code: string; half: Uint8Array },
): Promise<{ access_grant: string } | { error: string }> {
  try {
    const response = await fetch('/api/v0/oauth2/token', {
      method: 'POST',
      credentials: 'omit',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ client_id, client_secret, redirect_uri, code }),
    })
    const answer = (await response.json()) as TokenAnswer & { error: string }
    if (!response.ok) return { error: answer.error }
    const sealed = decodeBase64Url(answer.sealed_encryption_access ?? '')
    const how = { key: half, associated_data: client_id }
    return { access_grant: openAccessGrant(answer.access_grant, sealed, how) }
  } catch {
    return { error: 'server_error' }
  }
}
