import type { Deps } from '../deps.ts'
import { isRegistered } from '../domain/redirect-uri.ts'
import { refuse } from '../refusals.ts'
import { authenticateClient, clientAlone, storxProof } from './authenticate-client.ts'
import type { Trace } from './trace.ts'

/** What an app says when it sends its user to the integration URL. */
export interface IntegrationForm {
  readonly client_id: string
  /** The JWT, of the token request that will follow. */
  readonly client_secret: string
  readonly redirect_uri: string
  readonly scope: readonly string[]
  readonly state: string | undefined
}

export interface ProvenClient {
  readonly client_name: string
  /** Epoch seconds: how long its JWT can be redeemed with. */
  readonly until: number
}

/**
 * Sees whether an integration URL came from its client, before the user is asked anything. First whether the redirect
 * URI is the client's: to no other one is anybody ever sent, and a stranger does not learn which of the two was wrong.
 *
 * @source RFC 6749 §4.1.2.1, §10.15
 * @refuses link_unproven jwt_malformed claims_invalid client_unknown client_inactive
 * @refuses profile_disabled signature_wrong assertion_expired client_id_mismatch assertion_replayed
 */
export async function beginIntegration(
  deps: Deps,
  form: IntegrationForm,
  beginTrace: () => Trace,
): Promise<ProvenClient> {
  const client = await deps.store.clients.findByClientId(form.client_id)
  if (client === undefined || !isRegistered(client.redirect_uris, form.redirect_uri))
    throw refuse('link_unproven')
  // The same JWT comes once more, with the token request: there its `jti` counts.
  const { claims } = await authenticateClient(deps, storxProof(form), beginTrace(), {
    ...clientAlone(deps),
    jti: 'looked_at',
  })
  return { client_name: client.name, until: (claims?.exp ?? 0) + deps.settings.clock_skew }
}
