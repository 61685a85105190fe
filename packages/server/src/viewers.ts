import type { Deps } from './deps.ts'
import type { Account } from './domain/account.ts'
import type { Client } from './domain/client.ts'
import type { OwnClient, OwnSecret, Viewer } from './domain/explain/viewer.ts'

type ViewerDeps = Pick<Deps, 'store' | 'settings'>

/** What a developer may know: all clients they have or had, and of these `client_ids` when their secrets came and went. */
export async function viewerOf(
  deps: ViewerDeps,
  { id }: Pick<Account, 'id'>,
  client_ids: readonly (string | null)[] = [],
): Promise<Viewer> {
  const clients = await deps.store.clients.everOf(id)
  return {
    clients: await Promise.all(clients.map((client) => ownClient(deps, client, client_ids))),
    url: deps.settings.public_url,
  }
}

async function ownClient(
  deps: ViewerDeps,
  client: Client,
  client_ids: readonly (string | null)[],
): Promise<OwnClient> {
  const { id, client_id, name, state, updated_at } = client
  const secrets = client_ids.includes(client_id) ? await ownSecrets(deps, client) : []
  return { id, client_id, name, state, updated_at, secrets }
}

async function ownSecrets({ store }: ViewerDeps, client: Client): Promise<readonly OwnSecret[]> {
  const secrets = await store.clients.secrets(client.id)
  return Promise.all(
    secrets.map(async ({ id, created_at, retires_at, retired_by, last_used_at }) => ({
      id,
      created_at,
      retires_at,
      retired_by: retired_by === null ? null : ((await store.developers.find(retired_by))?.full_name ?? null),
      last_used_at,
    })),
  )
}
