import type { Grant } from '../../domain/grant.ts'
import { grantColumns } from '../schema.ts'
import type { ApiKeys, ConnectedApp, Grants, Projects } from '../store.ts'
import { endAccess } from './end-access.ts'
import type { Database, Engine } from './engine.ts'
import { grantOf, list, part, prefixed } from './rows.ts'

export function projects({ db }: Engine): Projects {
  return {
    async add(project) {
      await db.insertInto('projects').values(project).execute()
    },

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
        const granted = part<Grant>(row, grantColumns, 'grant')
        if (granted === undefined) continue
        const grant = grantOf(granted)
        const known = apps.get(grant.client_id)
        if (known !== undefined) {
          apps.set(grant.client_id, { ...known, grants: [...known.grants, grant] })
          continue
        }
        apps.set(grant.client_id, {
          client: {
            client_id: grant.client_id,
            name: row.name,
            description: row.description,
            state: row.state,
          },
          developer: { id: row.developer_id, full_name: row.developer_full_name, email: row.developer_email },
          grants: [grant],
          rejected_scopes: row.rejected_scopes === null ? [] : list(row.rejected_scopes),
          total_requests: row.total_requests,
        })
      }
      return [...apps.values()]
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
          .updateTable('api_keys')
          .set({ revoked_at: now })
          .where('grant_id', '=', grant_id)
          .where('revoked_at', 'is', null)
          .execute()
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

export function apiKeys({ db }: Engine): ApiKeys {
  return {
    async findByHead(head) {
      const row = await db.selectFrom('api_keys').selectAll().where('head', '=', head).executeTakeFirst()
      return row && { ...row }
    },
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
