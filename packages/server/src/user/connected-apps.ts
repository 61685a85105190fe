import {
  type AccessHistoryEntryAnswer,
  type AccessRevokedAnswer,
  type ConnectedAppAnswer,
  rfc3339,
} from '@valetkey/protocol'
import { type Acting, audited } from '../audited.ts'
import type { Deps } from '../deps.ts'
import { reachOf } from '../domain/grant.ts'
import { requestStatus } from '../domain/request-status.ts'
import { limitRate } from '../http/limits.ts'
import { isUuid } from '../ids.ts'
import { refuse } from '../refusals.ts'
import type { ConnectedApp } from '../store/grants.ts'

/** The apps that hold access of this user now, newest access first; of each, all that its grants together open. */
export async function listConnectedApps(
  { store, clock }: Deps,
  { account }: Acting,
): Promise<ConnectedAppAnswer[]> {
  const apps = await store.grants.connectedApps(account.id, clock.now())
  return apps.map(connectedAppAnswer)
}

/** What one app asked of this user and how it ended; empty for an app that never asked. */
export async function readHistory(
  { store, clock }: Deps,
  { account }: Acting,
  client_id: string,
): Promise<AccessHistoryEntryAnswer[]> {
  const now = clock.now()
  const requests = await store.requests.history(account.id, client_id, now)
  const is_active = (await store.grants.connectedApps(account.id, now)).some(
    (app) => app.client.client_id === client_id,
  )
  return requests.map((request) => ({
    request_id: request.id,
    client_id,
    application_name: request.client_name,
    scopes: [...request.scopes],
    status: requestStatus(request).status,
    is_active,
    created_at: rfc3339(request.created_at),
  }))
}

/**
 * Ends everything the app holds of this user: codes not redeemed yet, grants, and the API keys that open the storage.
 *
 * @refuses rate_limited grant_not_found
 */
export async function revokeAccess(deps: Deps, by: Acting, client_id: string): Promise<AccessRevokedAnswer> {
  await limitRate(deps, 'access_revoke', by)
  // It goes into the audit log as it is.
  if (!isUuid(client_id)) throw refuse('grant_not_found')
  return audited(deps, by, 'access.revoked', client_id, async () => {
    const ended = await deps.store.grants.revokeClientOfUser(by.account.id, client_id, deps.clock.now())
    if (ended === 0) throw refuse('grant_not_found')
    return { message: 'Developer access revoked successfully' }
  })
}

function connectedAppAnswer({
  client,
  developer,
  grants,
  rejected_scopes,
  total_requests,
}: ConnectedApp): ConnectedAppAnswer {
  const [newest] = grants
  const oldest = grants.at(-1) ?? newest
  return {
    developer_id: developer.id,
    developer_name: developer.full_name,
    developer_email: developer.email,
    client_id: client.client_id,
    application_name: client.name,
    application_description: client.description,
    approved_scopes: [...reachOf(grants.map(({ scopes }) => scopes))],
    rejected_scopes: [...rejected_scopes],
    access_granted_date: rfc3339(oldest.created_at),
    // The storage network does not tell us when it was used; redeeming the code is the last we saw.
    last_access_date: rfc3339(newest.created_at),
    consent_expires_at: rfc3339(Math.max(...grants.map(({ not_after }) => not_after))),
    is_active: true,
    total_requests,
  }
}
