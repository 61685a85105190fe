import { type Dossier, longestDossier } from '../administration.ts'
import { auditColumns } from '../schema.ts'
import type { Engine } from './engine.ts'
import { grantOf, requestOf } from './rows.ts'

/** Everything that is kept about a user, each kind by an index over users. */
export async function dossier({ db }: Pick<Engine, 'db'>, user_id: string, now: number): Promise<Dossier> {
  const [sessions, projects, requests, grants, events] = await Promise.all([
    db
      .selectFrom('sessions')
      .selectAll()
      .where('account_id', '=', user_id)
      .where('kind', '=', 'user')
      .where('expires_at', '>', now)
      .orderBy('created_at')
      .execute(),
    db
      .selectFrom('projects')
      .selectAll()
      .where('user_id', '=', user_id)
      .orderBy('created_at')
      .orderBy('id')
      .execute(),
    db
      .selectFrom('authorization_requests as request')
      .innerJoin('clients as client', 'client.client_id', 'request.client_id')
      .selectAll('request')
      .select('client.name as client_name')
      .where('request.user_id', '=', user_id)
      .orderBy('request.id', 'desc')
      .limit(longestDossier)
      .execute(),
    db
      .selectFrom('grants')
      .innerJoin('clients as client', 'client.client_id', 'grants.client_id')
      .selectAll('grants')
      .select('client.name as client_name')
      .where('grants.user_id', '=', user_id)
      .orderBy('grants.id', 'desc')
      .limit(longestDossier)
      .execute(),
    db
      .selectFrom('audit_events')
      .select(auditColumns)
      .where('user_id', '=', user_id)
      .orderBy('at', 'desc')
      .orderBy('id', 'desc')
      .limit(longestDossier)
      .execute(),
  ])
  return {
    sessions: sessions.map((row) => ({ ...row })),
    projects: projects.map((row) => ({ ...row })),
    requests: requests.map((row) => requestOf(row, now)),
    grants: grants.map((row) => ({ ...grantOf(row), client_name: row.client_name })),
    events: events.map((row) => ({ ...row })),
  }
}
