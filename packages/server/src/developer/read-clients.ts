import type { ClientAnswer, ClientDetailAnswer } from '@valetkey/protocol'
import type { Acting } from '../audited.ts'
import type { Deps } from '../deps.ts'
import { clientAnswer, secretAnswer } from './client-answers.ts'
import { ownClient } from './own-client.ts'

/** The developer's clients, oldest first. */
export async function listClients(
  { store }: Pick<Deps, 'store'>,
  { account }: Acting,
): Promise<ClientAnswer[]> {
  const clients = await store.clients.list(account.id)
  return clients.map(clientAnswer)
}

/** One client, with the dates of its secrets. @refuses client_not_found */
export async function getClient(
  deps: Pick<Deps, 'store'>,
  by: Acting,
  id: string,
): Promise<ClientDetailAnswer> {
  const client = await ownClient(deps, by, id)
  const secrets = await deps.store.clients.secrets(client.id)
  return { ...clientAnswer(client), secrets: secrets.map(secretAnswer) }
}
