import type { InTheNameOf } from '../audited.ts'
import type { Deps } from '../deps.ts'
import type { Client } from '../domain/client.ts'
import { refuse } from '../refusals.ts'

/**
 * The developer's own client, by its row id or its `client_id`. Another developer's looks exactly like none.
 *
 * @refuses client_not_found
 */
export async function ownClient(
  { store }: Pick<Deps, 'store'>,
  { account }: Pick<InTheNameOf, 'account'>,
  id: string,
): Promise<Client> {
  const client = (await store.clients.find(id)) ?? (await store.clients.findByClientId(id))
  if (client === undefined || client.developer_id !== account.id) throw refuse('client_not_found')
  return client
}
