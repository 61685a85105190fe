import type { ClientAnswer } from '@valetkey/protocol'

type Searched = Pick<ClientAnswer, 'name' | 'description' | 'client_id' | 'redirect_uris'>

/** Those in which every word of the text is found somewhere, in whatever case; newest first. */
export function searchClients<Client extends Searched & Pick<ClientAnswer, 'created_at'>>(
  clients: readonly Client[],
  text: string,
): Client[] {
  const words = text.toLowerCase().split(/\s+/)
  return clients
    .filter(({ name, description, client_id, redirect_uris }) => {
      const all = [name, description, client_id, ...redirect_uris].join('\n').toLowerCase()
      return words.every((word) => all.includes(word))
    })
    .sort((one, other) => Date.parse(other.created_at) - Date.parse(one.created_at))
}
