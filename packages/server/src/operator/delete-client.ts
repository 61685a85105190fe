import type { Caller, Deps } from '../deps.ts'
import { clientNamed, operated } from './operated.ts'

/** Deletes a client for good, with every access it holds. @refuses registered_client_not_found */
export async function deleteClient(deps: Deps, caller: Caller, id: string): Promise<void> {
  const { client } = await clientNamed(deps, id)
  await operated(deps, caller, 'client.deleted', client, () =>
    deps.store.administration.deleteClient(client.id, deps.clock.now()),
  )
}
