import { sql } from 'kysely'
import type { ClientState } from '../../domain/client.ts'
import type { RevokedBy } from '../../domain/grant.ts'
import { endCodes, endGrantsInBites } from './end-access.ts'
import type { Engine, Work } from './engine.ts'
import { type EndingRow, endingsOf, forgetEnding, noteEnding, stillToEnd } from './pending-endings.ts'

/**
 * Switches a client off, or deletes it: first, in one short transaction, no proof of it counts and no code of it is
 * redeemed any more; then its grants end, in bites, however many there are. Deleted it is last, so that whoever repeats
 * this finds it. False when there is no such client.
 */
export async function switchOff(
  engine: Engine,
  id: string,
  { deletes, by }: { readonly deletes: boolean; readonly by: RevokedBy },
  now: number,
): Promise<boolean> {
  const ending = await engine.db.transaction().execute(async (trx) => {
    const holder = await trx
      .updateTable('clients')
      .set({ ...switchedTo('inactive'), updated_at: now })
      .where('id', '=', id)
      .where('state', '<>', 'deleted')
      .returning('client_id')
      .executeTakeFirst()
    if (holder === undefined) return undefined
    await endCodes(trx, holder, now)
    return noteEnding(trx, { target: 'client', target_id: id, revoked_by: by, deletes }, now)
  })
  if (ending === undefined) return false
  await endAccessOfClient(engine, ending, now)
  return true
}

/** False when there is no such client, or it is suspended. */
export function switchOn(engine: Engine, id: string, now: number): Promise<boolean> {
  return onceEnded(engine, id, now, async (trx) => {
    const { numUpdatedRows } = await trx
      .updateTable('clients')
      .set({ ...switchedTo('active'), updated_at: now })
      .where('id', '=', id)
      .where('state', 'not in', ['deleted', 'suspended'])
      .executeTakeFirstOrThrow()
    return numUpdatedRows === 1n
  })
}

/** What its developer switches: the state, or, while the client is suspended, the one that it has after that. */
function switchedTo(state: 'active' | 'inactive') {
  return {
    resumes_as: sql<'active' | 'inactive' | null>`case when state = 'suspended' then ${state} end`,
    state: sql<ClientState>`case when state = 'suspended' then state else ${state} end`,
  }
}

/** Does what is noted of a client, from the beginning or from where it broke off. Returns how many grants it ended. */
export async function endAccessOfClient(engine: Engine, ending: EndingRow, now: number): Promise<number> {
  const { db, locks } = engine
  const id = ending.target_id
  const holder = await db.selectFrom('clients').select('client_id').where('id', '=', id).executeTakeFirst()
  const ended =
    holder === undefined
      ? 0
      : await endGrantsInBites(engine, holder, { by: ending.revoked_by, now, pending: ending })
  await db.transaction().execute(async (trx) => {
    await trx.selectFrom('clients').select('id').where('id', '=', id).modifyEnd(locks.own).execute()
    if (ending.deletes === 1 && (await stillToEnd(trx, ending, locks)))
      await trx
        .updateTable('clients')
        .set({ state: 'deleted', suspension: null, resumes_as: null })
        .where('id', '=', id)
        .execute()
    await forgetEnding(trx, ending)
  })
  return ended
}

/**
 * What lets a client work again waits until all has ended that was to end: nothing of that comes back, and nothing ends
 * that is granted later. `work` holds the row of the client.
 */
export async function onceEnded<Result>(
  engine: Engine,
  id: string,
  now: number,
  work: (trx: Work) => Promise<Result>,
  before: (trx: Work) => Promise<void> = async () => {},
): Promise<Result> {
  const { db, locks } = engine
  for (;;) {
    for (const ending of await endingsOf(db, id)) await endAccessOfClient(engine, ending, now)
    const done = await db.transaction().execute(async (trx) => {
      await before(trx)
      await trx.selectFrom('clients').select('id').where('id', '=', id).modifyEnd(locks.own).execute()
      // Begun in between.
      if ((await endingsOf(trx, id)).length > 0) return undefined
      return { result: await work(trx) }
    })
    if (done !== undefined) return done.result
  }
}
