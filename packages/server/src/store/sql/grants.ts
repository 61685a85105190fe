import { sql } from 'kysely'
import type { ApiKeyRecord } from '../../domain/api-key-record.ts'
import type { Grant } from '../../domain/grant.ts'
import type { Projects } from '../accounts.ts'
import type { ApiKeys, ConnectedApp, Grants } from '../grants.ts'
import { apiKeyColumns, grantColumns } from '../schema.ts'
import { addForActiveUser } from './active-user.ts'
import { endAccess } from './end-access.ts'
import type { Database, Engine } from './engine.ts'
import { prepare, type Slot } from './prepare.ts'
import { grantOf, list, partOf, prefixed } from './rows.ts'
import { tellRevoked } from './webhook-deliveries.ts'

export function projects({ db, locks }: Engine): Projects {
  return {
    add: (project) => addForActiveUser(db, locks, 'projects', project),

    async find(id) {
      const row = await db.selectFrom('projects').selectAll().where('id', '=', id).executeTakeFirst()
      return row && { ...row }
    },

    async list(user_id) {
      const mine = db.selectFrom('projects').selectAll().where('user_id', '=', user_id)
      const rows = await mine.orderBy('created_at').orderBy('id').execute()
      return rows.map((row) => ({ ...row }))
    },
  }
}

export function grants({ db, locks }: Engine): Grants {
  return {
    async find(id) {
      const row = await db.selectFrom('grants').selectAll().where('id', '=', id).executeTakeFirst()
      return row && grantOf(row)
    },

    async connectedApps(user_id, now) {
      const rows = await activeGrants(db, user_id, now).execute()
      const apps = new Map<string, ConnectedApp>()
      for (const row of rows) {
        const granted = grantIn(row)
        if (granted === undefined) continue
        const grant = grantOf(granted)
        const known = apps.get(grant.client_id)
        if (known !== undefined) {
          apps.set(grant.client_id, { ...known, grants: [...known.grants, grant] })
          continue
        }
        apps.set(grant.client_id, {
          ...appOf(grant, row),
          grants: [grant],
          rejected_scopes: row.rejected_scopes === null ? [] : list(row.rejected_scopes),
          total_requests: row.total_requests,
        })
      }
      return [...apps.values()]
    },

    async endedApps(user_id, now, limit) {
      const rows = await lastGrants(db, user_id)
        .where((eb) => eb.or([eb('grants.state', '=', 'revoked'), eb('grants.not_after', '<=', now)]))
        .orderBy('grants.ended_at', 'desc')
        .orderBy('grants.id', 'desc')
        .limit(limit)
        .execute()
      return rows.flatMap((row) => {
        const granted = grantIn(row)
        if (granted === undefined) return []
        const grant = grantOf(granted)
        return [{ ...appOf(grant, row), grant }]
      })
    },

    revoke(grant_id, by, now) {
      return db.transaction().execute(async (trx) => {
        const ended = await trx
          .updateTable('grants')
          .set({ state: 'revoked', revoked_at: now, revoked_by: by })
          .where('id', '=', grant_id)
          .where('state', '=', 'active')
          .returning('not_after')
          .executeTakeFirst()
        await trx
          .updateTable('refresh_families')
          .set({ sealed_encryption_access: null })
          .where('grant_id', '=', grant_id)
          .where('sealed_encryption_access', 'is not', null)
          .execute()
        await trx
          .updateTable('api_keys')
          .set({ revoked_at: now })
          .where('grant_id', '=', grant_id)
          .where('revoked_at', 'is', null)
          .execute()
        if (ended !== undefined) await tellRevoked(trx, sql`id = ${grant_id}`, { revoked_at: now })
        return ended !== undefined && ended.not_after > now
      })
    },

    revokeClientOfUser(user_id, client_id, now) {
      return db.transaction().execute(async (trx) => {
        await trx
          .selectFrom('clients')
          .select('id')
          .where('client_id', '=', client_id)
          .modifyEnd(locks.own)
          .execute()
        return endAccess(trx, { client_id, user_id }, 'user', now)
      })
    },
  }
}

export function apiKeys({ db, ask }: Engine): ApiKeys {
  const withGrant = prepare((slot: Slot<string>) =>
    db
      .selectFrom('api_keys')
      .innerJoin('grants', 'grants.id', 'api_keys.grant_id')
      .select(prefixed('api_keys', apiKeyColumns, 'api_key'))
      .select(prefixed('grants', grantColumns, 'grant'))
      .where(
        'api_keys.head',
        '=',
        slot((head) => head),
      ),
  )
  return {
    async findByHead(head) {
      const row = await db.selectFrom('api_keys').selectAll().where('head', '=', head).executeTakeFirst()
      return row && { ...row }
    },

    async withGrant(head) {
      const { rows } = await ask(withGrant(head))
      const [row = {}] = rows
      const api_key = apiKeyIn(row)
      const grant = grantIn(row)
      return api_key && grant && { api_key, grant: grantOf(grant) }
    },
  }
}

/** Of each client the grant of this user that ends last: while the client holds access, that is one it holds. */
function lastGrants(db: Database, user_id: string) {
  const ended = sql<number>`case when revoked_at < not_after then revoked_at else not_after end`
  const place = sql<number>`row_number() over (partition by client_id order by ${ended} desc, id desc)`
  const all = db
    .selectFrom('grants')
    .selectAll()
    .select([ended.as('ended_at'), place.as('place')])
    .where('user_id', '=', user_id)
  return db
    .selectFrom(all.as('grants'))
    .innerJoin('clients', 'clients.client_id', 'grants.client_id')
    .innerJoin('developers', 'developers.id', 'clients.developer_id')
    .select(prefixed('grants', grantColumns, 'grant'))
    .select(['clients.name', 'clients.description', 'clients.state'])
    .select(prefixed('developers', ['id', 'full_name', 'email'], 'developer'))
    .where('grants.place', '=', 1)
}

/** The client behind a grant, and whose it is. */
function appOf(
  { client_id }: Pick<Grant, 'client_id'>,
  row: Pick<ConnectedApp['client'], 'name' | 'description' | 'state'> & {
    readonly developer_id: string
    readonly developer_full_name: string
    readonly developer_email: string
  },
): Pick<ConnectedApp, 'client' | 'developer'> {
  const { name, description, state, developer_id, developer_full_name, developer_email } = row
  return {
    client: { client_id, name, description, state },
    developer: { id: developer_id, full_name: developer_full_name, email: developer_email },
  }
}

/** Newest first, each with what the list of connected apps says about it. */
function activeGrants(db: Database, user_id: string, now: number) {
  return db
    .selectFrom('grants')
    .innerJoin('clients', 'clients.client_id', 'grants.client_id')
    .innerJoin('developers', 'developers.id', 'clients.developer_id')
    .leftJoin('authorization_requests as request', 'request.id', 'grants.request_id')
    .select(prefixed('grants', grantColumns, 'grant'))
    .select(['clients.name', 'clients.description', 'clients.state', 'request.rejected_scopes'])
    .select(prefixed('developers', ['id', 'full_name', 'email'], 'developer'))
    .select((eb) =>
      eb
        .selectFrom('authorization_requests as asked')
        .select(eb.fn.countAll<number>().as('total'))
        .whereRef('asked.user_id', '=', 'grants.user_id')
        .whereRef('asked.client_id', '=', 'grants.client_id')
        .$asScalar()
        .$notNull()
        .as('total_requests'),
    )
    .where('grants.user_id', '=', user_id)
    .where('grants.state', '=', 'active')
    .where('grants.not_after', '>', now)
    .orderBy('grants.created_at', 'desc')
    .orderBy('grants.id', 'desc')
}

const grantIn = partOf<Grant>(grantColumns, 'grant')
const apiKeyIn = partOf<ApiKeyRecord>(apiKeyColumns, 'api_key')
