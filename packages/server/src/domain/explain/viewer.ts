import type { Client } from '../client.ts'
import type { TokenRequest } from '../token-request.ts'

/** For whose eyes an explanation is: what they may know of clients and secrets is what they own. */
export interface Viewer {
  /** The viewer's own clients, deleted ones included. */
  readonly clients: readonly OwnClient[]
  /** The server's public URL, for snippets. */
  readonly url: string
}

export interface OwnClient extends Pick<Client, 'id' | 'client_id' | 'name' | 'state' | 'updated_at'> {
  /** As far as they were read; newest first. */
  readonly secrets: readonly OwnSecret[]
}

/** When a secret came and went; never the secret. Times are epoch seconds. */
export interface OwnSecret {
  readonly id: string
  readonly created_at: number
  readonly retires_at: number | null
  /** The name of who rotated it out. */
  readonly retired_by: string | null
  readonly last_used_at: number | null
}

export const ownClientOf = (viewer: Viewer, client_id: unknown): OwnClient | undefined =>
  viewer.clients.find((client) => client.client_id === client_id)

/** The clients whose secrets an explanation may speak of. */
export function concerned({
  client_id,
  steps,
}: Pick<TokenRequest, 'client_id' | 'steps'>): readonly (string | null)[] {
  const named = steps.flatMap(({ evidence: { client_id, signed_with_client } }) => [
    client_id,
    signed_with_client,
  ])
  return [client_id, ...named.filter((one) => typeof one === 'string')]
}
