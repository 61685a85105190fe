import { type PersonalDataAnswer, rfc3339, rfc3339OrNull } from '@valetkey/protocol'
import type { Deps } from '../deps.ts'
import type { Account } from '../domain/account.ts'
import { reachOf } from '../domain/grant.ts'
import { sessionId } from '../domain/session.ts'
import { longestDossier } from '../store/administration.ts'

/**
 * Everything that is kept about a user, without what would open anything: no hash, no sealed key, no code. Fields are
 * named one by one, so that a column that comes later is not among them by itself.
 */
export async function personalData(
  { store, clock }: Pick<Deps, 'store' | 'clock'>,
  account: Account,
): Promise<PersonalDataAnswer> {
  const now = clock.now()
  const [dossier, apps] = await Promise.all([
    store.administration.dossier(account.id, now),
    store.grants.connectedApps(account.id, now),
  ])
  const { id, email, full_name, state } = account
  return {
    exported_at: rfc3339(now),
    at_most: longestDossier,
    account: { id, email, full_name, state, created_at: rfc3339(account.created_at) },
    sessions: dossier.sessions.map((session) => ({
      id: sessionId(session),
      created_at: rfc3339(session.created_at),
      expires_at: rfc3339(session.expires_at),
      network: session.network,
      user_agent: session.user_agent,
    })),
    projects: dossier.projects.map((project) => ({
      id: project.id,
      name: project.name,
      salt: project.salt,
      created_at: rfc3339(project.created_at),
    })),
    connected_apps: apps.map(({ client, developer, grants }) => ({
      client_id: client.client_id,
      name: client.name,
      developer: developer.full_name,
      scopes: [...reachOf(grants.map(({ scopes }) => scopes))],
      not_after: rfc3339(Math.max(...grants.map(({ not_after }) => not_after))),
    })),
    authorization_requests: dossier.requests.map((request) => ({
      id: request.id,
      client_id: request.client_id,
      client_name: request.client_name,
      redirect_uri: request.redirect_uri,
      scopes: [...request.scopes],
      approved_scopes: [...request.approved_scopes],
      rejected_scopes: [...request.rejected_scopes],
      state: request.state,
      created_at: rfc3339(request.created_at),
      decided_at: rfc3339OrNull(request.decided_at),
    })),
    grants: dossier.grants.map((grant) => ({
      id: grant.id,
      client_id: grant.client_id,
      client_name: grant.client_name,
      project_id: grant.project_id,
      scopes: [...grant.scopes],
      state: grant.state,
      created_at: rfc3339(grant.created_at),
      not_after: rfc3339(grant.not_after),
      revoked_at: rfc3339OrNull(grant.revoked_at),
      revoked_by: grant.revoked_by,
    })),
    audit_events: dossier.events.map((event) => ({
      at: rfc3339(event.at),
      action: event.action,
      outcome: event.outcome,
      actor: event.actor_kind,
      resource: event.resource,
      network: event.network,
    })),
  }
}
