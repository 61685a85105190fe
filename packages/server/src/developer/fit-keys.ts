import type { ClientChangeForm } from '@valetkey/protocol'
import type { Client } from '../domain/client.ts'
import { parsePublicKeys } from '../domain/public-keys.ts'
import { refuse } from '../refusals.ts'

const maxUriLength = 2048
/** What a public key is made of and what says how it is used; whatever else came with it is not kept. @source RFC 7517 §4 */
const keptMembers = ['kty', 'crv', 'x', 'y', 'n', 'e', 'kid', 'use', 'key_ops', 'alg']

/** Public keys by value or by address; the one that is given takes the other's place. @refuses client_metadata_unfit */
export function fitKeys({
  jwks,
  jwks_uri,
}: Pick<ClientChangeForm, 'jwks' | 'jwks_uri'>): Partial<Pick<Client, 'jwks' | 'jwks_uri'>> {
  if (jwks != null && jwks_uri != null)
    throw refuse('client_metadata_unfit', { description: 'jwks, jwks_uri: only one of them.' })
  if (jwks != null) return { jwks: fitJwks(jwks), jwks_uri: null }
  if (jwks_uri != null) return { jwks: null, jwks_uri: fitJwksUri(jwks_uri) }
  return {}
}

function fitJwks(jwks: Readonly<Record<string, unknown>>): string {
  const parsed = parsePublicKeys(jwks)
  if (!parsed.ok) throw refuse('client_metadata_unfit', { description: `jwks ${parsed.problem}.` })
  // The check has seen that these are objects; `stringify` takes no other members of them.
  const { keys } = jwks
  return JSON.stringify({ keys }, ['keys', ...keptMembers])
}

/** Whether it leads anywhere, and to a public host, is seen when it is read. */
function fitJwksUri(uri: string): string {
  const url = URL.parse(uri)
  const isFit =
    uri.length <= maxUriLength &&
    /^[\x21-\x7e]+$/.test(uri) &&
    url?.protocol === 'https:' &&
    url.username + url.password === '' &&
    !uri.includes('#')
  if (isFit) return uri
  throw refuse('client_metadata_unfit', {
    description: `jwks_uri: an https URL without fragment and user info, at most ${maxUriLength} characters.`,
  })
}
