import type { RevokedBy } from '../../domain/grant.ts'
import type { Work } from './engine.ts'

/** Clocks of servers that share a database may differ by this much: what ended less long ago is ended again. */
const clockSlackSeconds = 3600

/** All access of a client, or only what it holds of one user. */
export interface Holder {
  readonly client_id: string
  readonly user_id?: string | undefined
}

/**
 * Ends all access of a holder within the caller's transaction; returns how many grants and codes were still alive.
 *
 * The order keeps a redemption from slipping between. Redeeming is one statement that locks the row of its code and
 * adds a grant, perhaps a family of refresh tokens, and an API key. At READ COMMITTED each statement here sees what was committed before *it* began, so:
 *
 * 1. Codes. A redemption that holds the row makes us wait, and is committed when we go on. One that comes later finds
 *    the code revoked, or waits for us and then does.
 * 2. Grants. Sees the grant of every redemption that won in step 1.
 * 3. Refresh families. Sees the family of every such grant; a token lives no longer than its grant does. A rotation
 *    shares the row of its grant: one that holds it makes step 2 wait, one that comes later finds the grant ended.
 * 4. API keys. Sees the key of every such grant.
 *
 * Whoever calls this holds the client's row, which keeps two callers from waiting for each other's codes, and keeps
 * an approval (it shares that row) from adding a code behind step 1. Everybody locks in this order: device, client,
 * request, code, grant, refresh family or token, API key. On SQLite a transaction that writes is alone, and all of this is simply true.
 */
export async function endAccess(trx: Work, holder: Holder, by: RevokedBy, now: number): Promise<number> {
  const alive = now - clockSlackSeconds
  const { client_id, user_id } = holder

  const codes = await trx
    .updateTable('authorization_codes')
    .set({ revoked_at: now, sealed_encryption_access: null, sealed_half: null })
    .where('client_id', '=', client_id)
    .$if(user_id !== undefined, (query) => query.where('user_id', '=', user_id ?? ''))
    .where('expires_at', '>', alive)
    .where('spent_at', 'is', null)
    .where('revoked_at', 'is', null)
    .returning('expires_at as ends_at')
    .execute()

  const grants = await trx
    .updateTable('grants')
    .set({ state: 'revoked', revoked_at: now, revoked_by: by })
    .where('client_id', '=', client_id)
    .$if(user_id !== undefined, (query) => query.where('user_id', '=', user_id ?? ''))
    .where('not_after', '>', alive)
    .where('state', '=', 'active')
    .returning('not_after as ends_at')
    .execute()

  const theirs = trx
    .selectFrom('grants')
    .select('id')
    .where('client_id', '=', client_id)
    .$if(user_id !== undefined, (query) => query.where('user_id', '=', user_id ?? ''))
    .where('not_after', '>', alive)

  await trx
    .updateTable('refresh_families')
    .set({ sealed_encryption_access: null })
    .where('grant_id', 'in', theirs)
    .where('sealed_encryption_access', 'is not', null)
    .execute()

  await trx
    .updateTable('api_keys')
    .set({ revoked_at: now })
    .where('grant_id', 'in', theirs)
    .where('revoked_at', 'is', null)
    .execute()

  return [...codes, ...grants].filter(({ ends_at }) => ends_at > now).length
}
