import { setImmediate } from 'node:timers/promises'
import { sql } from 'kysely'
import type { RevokedBy } from '../../domain/grant.ts'
import { clockSlackSeconds, wrongClockSeconds } from './clock-slack.ts'
import type { Engine, Work } from './engine.ts'
import { type EndingRow, stillToEnd } from './pending-endings.ts'
import { revokedCode } from './rows.ts'
import { paddedToPowerOfTwo } from './upkeep.ts'
import { tellRevoked } from './webhook-deliveries.ts'

/** All access of a client, or only what it holds of one user. */
export interface Holder {
  readonly client_id: string
  readonly user_id?: string | undefined
}

/**
 * Ends all that a client holds of one user within the caller's transaction; returns how many grants and codes were still
 * alive. What seems to be over is ended as well, in case it is the clock that is wrong.
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
export async function endAccess(
  trx: Work,
  { client_id, user_id }: Holder & { readonly user_id: string },
  by: RevokedBy,
  now: number,
): Promise<number> {
  const young = now - wrongClockSeconds
  const asked = trx
    .selectFrom('authorization_requests')
    .select('id')
    .where('user_id', '=', user_id)
    .where('client_id', '=', client_id)
    .where('created_at', '>', young)

  const codes = await trx
    .updateTable('authorization_codes')
    .set(revokedCode(now))
    .where('request_id', 'in', asked)
    .where('spent_at', 'is', null)
    .where('revoked_at', 'is', null)
    .returning('expires_at as ends_at')
    .execute()

  const grants = await trx
    .updateTable('grants')
    .set({ state: 'revoked', revoked_at: now, revoked_by: by })
    .where('client_id', '=', client_id)
    .where('user_id', '=', user_id)
    .where('not_after', '>', young)
    .where('state', '=', 'active')
    .returning('not_after as ends_at')
    .execute()

  const theirs = trx
    .selectFrom('grants')
    .select('id')
    .where('client_id', '=', client_id)
    .where('user_id', '=', user_id)
    .where('not_after', '>', young)

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

  if (grants.length > 0) {
    const alive = now - clockSlackSeconds
    const told = sql<boolean>`client_id = ${client_id} and user_id = ${user_id} and not_after > ${alive}`
    await tellRevoked(trx, told, { revoked_at: now })
  }

  return [...codes, ...grants].filter(({ ends_at }) => ends_at > now).length
}

/** The first of these steps for a holder that gets nothing any more: what was approved and not redeemed yet, cannot be. */
export async function endCodes(trx: Work, { client_id, user_id }: Holder, now: number): Promise<void> {
  await trx
    .updateTable('authorization_codes')
    .set(revokedCode(now))
    .where('client_id', '=', client_id)
    .$if(user_id !== undefined, (query) => query.where('user_id', '=', user_id ?? ''))
    .where('expires_at', '>', now - clockSlackSeconds)
    .where('spent_at', 'is', null)
    .where('revoked_at', 'is', null)
    .execute()
}

/** Grants that are ended in one transaction. */
const biteOfGrants = 500

/**
 * The other steps, in bites, each a transaction of its own: for a holder that gets nothing new any more, because it was
 * switched off or suspended and its codes were ended before. However many grants there are, no statement is long and no
 * row is held for long. Each holds the client's row, as everybody does who ends more than one grant. Returns how many were
 * still alive. What another one ends at the same time is not counted twice, and once `pending` is done by another one,
 * this ends nothing more.
 */
export async function endGrantsInBites(
  { db, locks }: Pick<Engine, 'db' | 'locks'>,
  holder: Holder,
  {
    by,
    now,
    pending,
  }: { readonly by: RevokedBy; readonly now: number; readonly pending?: EndingRow | undefined },
): Promise<number> {
  const { client_id, user_id } = holder
  let ended = 0
  let after = { not_after: now - clockSlackSeconds, id: '' }
  for (;;) {
    const bite = await db.transaction().execute(async (trx) => {
      const client = trx.selectFrom('clients').select('id').where('client_id', '=', client_id)
      await client.modifyEnd(locks.own).execute()
      if (pending !== undefined && !(await stillToEnd(trx, pending, locks))) return []
      const found = await trx
        .selectFrom('grants')
        .select(['id', 'not_after'])
        .where('client_id', '=', client_id)
        .$if(user_id !== undefined, (query) => query.where('user_id', '=', user_id ?? ''))
        .where((eb) => eb(eb.refTuple('not_after', 'id'), '>', eb.tuple(after.not_after, after.id)))
        .orderBy('not_after')
        .orderBy('id')
        .limit(biteOfGrants)
        .execute()
      if (found.length === 0) return found
      const ids = paddedToPowerOfTwo(found.map(({ id }) => id))
      const revoked = await trx
        .updateTable('grants')
        .set({ state: 'revoked', revoked_at: now, revoked_by: by })
        .where('id', 'in', ids)
        .where('state', '=', 'active')
        .returning('not_after')
        .execute()
      ended += revoked.filter(({ not_after }) => not_after > now).length
      await trx
        .updateTable('refresh_families')
        .set({ sealed_encryption_access: null })
        .where('grant_id', 'in', ids)
        .where('sealed_encryption_access', 'is not', null)
        .execute()
      await trx
        .updateTable('api_keys')
        .set({ revoked_at: now })
        .where('grant_id', 'in', ids)
        .where('revoked_at', 'is', null)
        .execute()
      if (revoked.length > 0) await tellRevoked(trx, sql`id in (${sql.join(ids)})`, { revoked_at: now })
      return found
    })
    const last = bite.at(-1)
    if (last === undefined || bite.length < biteOfGrants) return ended
    after = { not_after: last.not_after, id: last.id }
    // On SQLite nothing here waits for anything: without this nobody else had a turn.
    await setImmediate()
  }
}
