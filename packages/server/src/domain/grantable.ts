import { isWithin, parseScopes, type ScopeSet } from '@valetkey/protocol'
import type { Client } from './client.ts'
import { fitAccessGrant } from './storage-keys.ts'

/** Why this client cannot be granted what it asks for, in public words; undefined when it can. */
export function ungrantable(client: Client, asked: ScopeSet): string | undefined {
  const registered = parseScopes(client.scopes)
  if (client.scopes.length > 0 && !(registered.ok && isWithin(asked, registered.set)))
    return 'more than this client is registered for'
  if (!fitAccessGrant(asked.places)) return 'the prefixes together are longer than an access grant can be'
  return undefined
}
