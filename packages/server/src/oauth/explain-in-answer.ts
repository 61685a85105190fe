import type { ExplanationAnswer } from '@valetkey/protocol'
import type { Deps } from '../deps.ts'
import { explain } from '../domain/explain/explain.ts'
import { concerned } from '../domain/explain/viewer.ts'
import type { TokenRequest } from '../domain/token-request.ts'
import { viewerOf } from '../viewers.ts'

/**
 * A refused token request as the owner of the client that it names may see it explained: for development on one's own
 * machine, where whoever asks is that owner.
 */
export async function explainInAnswer(
  deps: Pick<Deps, 'store' | 'settings'>,
  request: TokenRequest,
): Promise<ExplanationAnswer> {
  const client =
    request.client_id === null ? undefined : await deps.store.clients.findByClientId(request.client_id)
  const nobody = { clients: [], url: deps.settings.public_url }
  return explain(
    request,
    client === undefined ? nobody : await viewerOf(deps, { id: client.developer_id }, concerned(request)),
  )
}
