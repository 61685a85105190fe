import { isWithin, parseScopes, type ScopeSet } from '@valetkey/protocol'
import type { Client } from '../domain/client.ts'
import { fitAccessGrant } from '../domain/storage-keys.ts'
import { refuse } from '../refusals.ts'

/** Only what the client is registered for (without scopes, anything) and one access grant can hold. @refuses scope_invalid */
export function refuseUngrantable(client: Client, asked: ScopeSet): void {
  const registered = parseScopes(client.scopes)
  if (client.scopes.length > 0 && !(registered.ok && isWithin(asked, registered.set)))
    throw refuse('scope_invalid', { description: 'scope: more than this client is registered for.' })
  if (!fitAccessGrant(asked.places))
    throw refuse('scope_invalid', {
      description: 'scope: the prefixes together are longer than an access grant can be.',
    })
}
