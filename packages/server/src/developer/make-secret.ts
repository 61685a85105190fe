import type { Deps } from '../deps.ts'
import type { ClientSecret } from '../domain/client.ts'
import { newClientSecret } from '../domain/client-secret.ts'
import { newId } from '../ids.ts'

/** A fresh client secret: the text that is shown once, and the sealed row that is kept. */
export function makeSecret(
  deps: Pick<Deps, 'clock' | 'random' | 'sealer'>,
  client_row_id: string,
): { client_secret: string; row: ClientSecret } {
  const client_secret = newClientSecret(deps.random)
  const id = newId(deps)
  const row = {
    id,
    client_row_id,
    sealed_secret: deps.sealer.seal('client-secret', id, Buffer.from(client_secret)),
    created_at: deps.clock.now(),
    retires_at: null,
    retired_by: null,
    last_used_at: null,
  }
  return { client_secret, row }
}
