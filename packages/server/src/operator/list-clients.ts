import {
  type ClientsQuery,
  type ManagedClientAnswer,
  type ManagedClientsAnswer,
  rfc3339,
} from '@valetkey/protocol'
import type { Deps } from '../deps.ts'
import type { ClientOfDeveloper } from '../store/administration.ts'
import { accountNamed, clientNamed } from './operated.ts'
import { pageOf } from './pages.ts'

/** Clients of all developers or of one, newest first. @refuses account_not_found */
export async function listClients(
  deps: Pick<Deps, 'store'>,
  { developer, search, state, ...query }: ClientsQuery,
): Promise<ManagedClientsAnswer> {
  const { limit, offset, page } = pageOf(query)
  const developer_id = developer && (await accountNamed(deps, 'developer', developer)).id
  const filter = { search, developer_id, states: state && [state] }
  const { clients, total } = await deps.store.administration.clients(filter, { limit, offset })
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
