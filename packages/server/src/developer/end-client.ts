import { type Acting, audited, type InTheNameOf } from '../audited.ts'
import type { Deps } from '../deps.ts'
import type { ClientState } from '../domain/client.ts'
import { limitRate } from '../http/limits.ts'
import { refuse } from '../refusals.ts'
import { ownClient } from './own-client.ts'

/** Switches the client on (1) or off (0). Off ends every access it holds; on again brings none of it back. @refuses rate_limited client_not_found client_suspended */
export async function setClientStatus(deps: Deps, by: Acting, id: string, status: 0 | 1): Promise<void> {
  return status === 1
    ? setState(deps, by, id, 'active', 'client.enabled')
    : setState(deps, by, id, 'inactive', 'client.disabled')
}

/** Ends the client and every access it holds, for good. Its `client_id` is never given out again. @refuses rate_limited client_not_found */
export async function deleteClient(deps: Deps, by: InTheNameOf, id: string): Promise<void> {
  return setState(deps, by, id, 'deleted', 'client.deleted')
}

async function setState(
  deps: Deps,
  by: InTheNameOf,
  id: string,
  state: Exclude<ClientState, 'suspended'>,
  action: string,
): Promise<void> {
  await limitRate(deps, 'client_change', by)
  const client = await ownClient(deps, by, id)
  await audited(deps, by, action, client.id, async () => {
    if (await deps.store.clients.setState(client.id, state, deps.clock.now())) return
    // Deleted is what was wanted, or what somebody was faster with.
    if (state === 'active' && (await deps.store.clients.find(client.id))?.state === 'suspended')
      throw refuse('client_suspended')
  })
}
