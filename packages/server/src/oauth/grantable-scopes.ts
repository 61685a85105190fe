import type { ScopeSet } from '@valetkey/protocol'
import type { Client } from '../domain/client.ts'
import { ungrantable } from '../domain/grantable.ts'
import { refuse } from '../refusals.ts'

/** Only what the client is registered for (without scopes, anything) and one access grant can hold. @refuses scope_invalid */
export function refuseUngrantable(client: Client, asked: ScopeSet): void {
  const problem = ungrantable(client, asked)
  if (problem !== undefined) throw refuse('scope_invalid', { description: `scope: ${problem}.` })
}
