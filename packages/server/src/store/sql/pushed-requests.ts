import { sql } from 'kysely'
import type { PushedRequests } from '../requests.ts'
import type { Engine } from './engine.ts'
import { pushedOf, pushedRow } from './rows.ts'

export function pushedRequests({ db }: Engine): PushedRequests {
  return {
    async add(request) {
      await db.insertInto('pushed_requests').values(pushedRow(request)).execute()
    },

    async open(request_uri_hash, client_id, now, opened_until) {
      const opened = await db
        .updateTable('pushed_requests')
        .set({
          expires_at: sql<number>`case when opened_at is null then ${opened_until} else expires_at end`,
          opened_at: sql<number>`coalesce(opened_at, ${now})`,
        })
        .where('request_uri_hash', '=', request_uri_hash)
        .where('client_id', '=', client_id)
        .where('expires_at', '>', now)
        .returningAll()
        .executeTakeFirst()
      return opened && pushedOf(opened)
    },

    async take(request_uri_hash, client_id, now) {
      const taken = await db
        .deleteFrom('pushed_requests')
        .where('request_uri_hash', '=', request_uri_hash)
        .where('client_id', '=', client_id)
        .where('expires_at', '>', now)
        .returningAll()
        .executeTakeFirst()
      return taken && pushedOf(taken)
    },
  }
}
