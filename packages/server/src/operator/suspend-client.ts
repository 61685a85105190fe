import type { StateAnswer, SuspensionAnswer, SuspensionForm } from '@valetkey/protocol'
import type { Caller, Deps } from '../deps.ts'
import { refuse } from '../refusals.ts'
import { clientNamed, operated } from './operated.ts'

/**
 * Suspends a client: no proof of it counts, and its developer does not undo that. What it holds goes on, unless the form
 * says that it ends.
 *
 * @refuses registered_client_not_found
 */
export async function suspendClient(
  deps: Deps,
  caller: Caller,
  { id, end_access = false }: { id: string } & SuspensionForm,
): Promise<SuspensionAnswer> {
  const { client } = await clientNamed(deps, id)
  return operated(deps, caller, 'client.suspended', client, async () => {
    const ended = await deps.store.administration.suspendClient(client.id, { end_access }, deps.clock.now())
    if (ended === undefined) throw refuse('registered_client_not_found')
    return { state: 'suspended', ended }
  })
}

/** Undoes that. As long as its developer is suspended, the client stays so. @refuses registered_client_not_found */
export async function unsuspendClient(deps: Deps, caller: Caller, id: string): Promise<StateAnswer> {
  const { client } = await clientNamed(deps, id)
  await operated(deps, caller, 'client.unsuspended', client, () =>
    deps.store.administration.resumeClient(client.id, deps.clock.now()),
  )
  const { state } = (await clientNamed(deps, client.id)).client
  return { state }
}
