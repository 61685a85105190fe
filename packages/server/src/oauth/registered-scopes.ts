import { isWithin, parseScopes, type ScopeSet } from '@valetkey/protocol'
import type { Client } from '../domain/client.ts'
import { refuse } from '../refusals.ts'

/** A client registered without scopes may ask for any. @refuses scope_invalid */
export function refuseBeyondRegistration(client: Client, asked: ScopeSet): void {
  const registered = parseScopes(client.scopes)
  if (client.scopes.length === 0 || (registered.ok && isWithin(asked, registered.set))) return
  throw refuse('scope_invalid', { description: 'scope: more than this client is registered for.' })
}
