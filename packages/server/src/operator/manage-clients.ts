import {
  type ClientsQuery,
  type ManagedClientAnswer,
  type ManagedClientsAnswer,
  rfc3339,
  type StateAnswer,
  type SuspensionAnswer,
  type SuspensionForm,
} from '@valetkey/protocol'
import type { Caller, Deps } from '../deps.ts'
import { refuse } from '../refusals.ts'
import type { ClientOfDeveloper } from '../store/operations.ts'
import { accountNamed, operated } from './operated.ts'
import { pageOf } from './pages.ts'

/** Clients of all developers or of one, newest first. @refuses account_not_found */
export async function listClients(
  deps: Pick<Deps, 'store'>,
  { developer, search, state, ...query }: ClientsQuery,
): Promise<ManagedClientsAnswer> {
  const { limit, offset, page } = pageOf(query)
  const developer_id = developer && (await accountNamed(deps, 'developer', developer)).id
  const filter = { search, developer_id, states: state && [state] }
  const { clients, total } = await deps.store.operations.clients(filter, { limit, offset })
  return {
    clients: clients.map(managedClientAnswer),
    total,
    page,
    has_more: offset + clients.length < total,
  }
}

/** @refuses registered_client_not_found */
export async function showClient(deps: Pick<Deps, 'store'>, id: string): Promise<ManagedClientAnswer> {
  return managedClientAnswer(await clientNamed(deps, id))
}

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
    const ended = await deps.store.operations.suspendClient(client.id, { end_access }, deps.clock.now())
    if (ended === undefined) throw refuse('registered_client_not_found')
    return { state: 'suspended', ended }
  })
}

/** Undoes that. As long as its developer is suspended, the client stays so. @refuses registered_client_not_found */
export async function unsuspendClient(deps: Deps, caller: Caller, id: string): Promise<StateAnswer> {
  const { client } = await clientNamed(deps, id)
  await operated(deps, caller, 'client.unsuspended', client, () =>
    deps.store.operations.resumeClient(client.id, deps.clock.now()),
  )
  const { state } = (await clientNamed(deps, client.id)).client
  return { state }
}

/** Deletes a client for good, with every access it holds. @refuses registered_client_not_found */
export async function deleteClient(deps: Deps, caller: Caller, id: string): Promise<void> {
  const { client } = await clientNamed(deps, id)
  await operated(deps, caller, 'client.deleted', client, () =>
    deps.store.operations.deleteClient(client.id, deps.clock.now()),
  )
}

async function clientNamed({ store }: Pick<Deps, 'store'>, id: string): Promise<ClientOfDeveloper> {
  const found = await store.operations.client(id)
  if (found === undefined) throw refuse('registered_client_not_found')
  return found
}

function managedClientAnswer({ client, suspension, developer }: ClientOfDeveloper): ManagedClientAnswer {
  return {
    id: client.id,
    client_id: client.client_id,
    name: client.name,
    description: client.description,
    state: client.state,
    suspension,
    redirect_uris: [...client.redirect_uris],
    scopes: [...client.scopes],
    token_endpoint_auth_method: client.token_endpoint_auth_method,
    developer,
    created_at: rfc3339(client.created_at),
    updated_at: rfc3339(client.updated_at),
  }
}
