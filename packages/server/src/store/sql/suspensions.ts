import { sql } from 'kysely'
import type { AccountKind, AccountState } from '../../domain/account.ts'
import type { ClientState, Suspension } from '../../domain/client.ts'
import type { RevokedBy } from '../../domain/grant.ts'
import type { Administration, Ending } from '../administration.ts'
import { endAccessOfClient, onceEnded } from './client-endings.ts'
import { clients } from './clients.ts'
import { endCodes, endGrantsInBites } from './end-access.ts'
import type { Database, Engine, Work } from './engine.ts'
import { type EndingRow, forgetEnding, noteEnding, stillToEnd } from './pending-endings.ts'

export const accountTables = { developer: 'developers', user: 'users' } as const

type Suspensions = Pick<
  Administration,
  'suspendAccount' | 'resumeAccount' | 'suspendClient' | 'resumeClient' | 'deleteClient'
>

/**
 * Suspending in an order that no redemption slips through: first the row that every proof is checked against, then the
 * codes, whose rows redeeming locks, then the grants. A redemption that read the first before it was written finds its
 * code ended, or has its grant ended; one that reads later is refused.
 */
export function suspensions(engine: Engine): Suspensions {
  const { db } = engine
  const { setState } = clients(engine)
  return {
    async suspendAccount(kind, id, options, now) {
      const pending = await suspended(db, kind, id, options, now)
      return pending && finishSuspension(engine, kind, pending, now)
    },

    resumeAccount: (kind, id, now) => resumeAccount(engine, kind, id, now),

    suspendClient: (id, options, now) => suspendClient(engine, id, 'client', options, now),

    resumeClient: (id, now) => resumeClient(engine, id, now),

    deleteClient: (id, now) => setState(id, 'deleted', now, 'operator'),
  }
}

/** Undefined for an account that is being deleted, or is. */
function suspended(
  db: Database,
  kind: AccountKind,
  id: string,
  { end_access }: Ending,
  now: number,
): Promise<EndingRow | undefined> {
  return db.transaction().execute(async (trx) => {
    const { numUpdatedRows } = await trx
      .updateTable(accountTables[kind])
      .set({
        resumes_as: sql<AccountState>`case when state = 'suspended' then resumes_as else state end`,
        state: 'suspended',
      })
      .where('id', '=', id)
      .where('state', 'not in', ['closing', 'deleted'])
      .executeTakeFirstOrThrow()
    if (numUpdatedRows === 0n) return undefined
    return noteEnding(trx, { target: kind, target_id: id, end_access, revoked_by: 'operator' }, now)
  })
}

/** The rest of a suspension, from the beginning or from where it broke off; nothing once the account is not suspended. */
export async function finishSuspension(
  engine: Engine,
  kind: AccountKind,
  pending: EndingRow,
  now: number,
): Promise<number> {
  const options = { end_access: pending.end_access === 1 }
  const ended = await shutOut(engine, kind, pending.target_id, options, {
    by: pending.revoked_by,
    now,
    pending,
  })
  await forgetEnding(engine.db, pending)
  return ended
}

/** All that an account holds which is not active any more. Repeating it does no harm. Returns how many grants ended. */
export async function shutOut(
  engine: Engine,
  kind: AccountKind,
  id: string,
  options: Ending,
  work: Shutting,
): Promise<number> {
  const { db } = engine
  await db.deleteFrom('sessions').where('account_id', '=', id).where('kind', '=', kind).execute()
  await db.deleteFrom('mail_tokens').where('account_id', '=', id).where('kind', '=', kind).execute()
  if (kind === 'user') return shutOutUser(engine, id, options, work)
  const theirs = db.selectFrom('clients').select('id').where('developer_id', '=', id)
  let ended = 0
  for (const client of await theirs.where('state', '<>', 'deleted').orderBy('id').execute())
    ended += (await suspendClient(engine, client.id, 'developer', options, work.now)) ?? 0
  return ended
}

interface Shutting {
  readonly by: RevokedBy
  readonly now: number
  /** Of a suspension: what somebody may have undone meanwhile. */
  readonly pending?: EndingRow | undefined
}

async function shutOutUser(
  engine: Engine,
  user_id: string,
  { end_access }: Ending,
  work: Shutting,
): Promise<number> {
  const { db, locks } = engine
  const { now, pending } = work
  const asked = db
    .selectFrom('authorization_requests')
    .select('client_id')
    .distinct()
    .where('user_id', '=', user_id)
    .orderBy('client_id')
  let ended = 0
  for (const { client_id } of await asked.execute()) {
    await db.transaction().execute(async (trx) => {
      const client = trx.selectFrom('clients').select('id').where('client_id', '=', client_id)
      await client.modifyEnd(locks.own).execute()
      if (pending === undefined || (await stillToEnd(trx, pending, locks)))
        await endCodes(trx, { client_id, user_id }, now)
    })
    if (end_access) ended += await endGrantsInBites(engine, { client_id, user_id }, work)
  }
  return ended
}

/**
 * Undefined when there is no such client, or its developer is not suspended any more who was the reason. One that the
 * operator suspended by itself stays so when its developer is.
 */
async function suspendClient(
  engine: Engine,
  id: string,
  suspension: Suspension,
  { end_access }: Ending,
  now: number,
): Promise<number | undefined> {
  const client = await engine.db.transaction().execute(async (trx) => {
    if (suspension === 'developer' && !(await isShutOut(trx, engine, id))) return undefined
    const holder = await trx
      .updateTable('clients')
      .set({
        suspension:
          suspension === 'client'
            ? suspension
            : sql<Suspension>`case when suspension = 'client' then suspension else ${suspension} end`,
        resumes_as: sql<ClientState>`case when state = 'suspended' then resumes_as else state end`,
        updated_at: sql<number>`case when state = 'suspended' then updated_at else ${now} end`,
        state: 'suspended',
      })
      .where('id', '=', id)
      .where('state', '<>', 'deleted')
      .returning('client_id')
      .executeTakeFirst()
    if (holder === undefined) return undefined
    await endCodes(trx, holder, now)
    if (!end_access) return { pending: undefined }
    return {
      pending: await noteEnding(trx, { target: 'client', target_id: id, revoked_by: 'operator' }, now),
    }
  })
  if (client === undefined) return undefined
  return client.pending === undefined ? 0 : endAccessOfClient(engine, client.pending, now)
}

/** Whether the developer of a client is, sharing their row: whoever lets them in again comes before this, or sees what it did. */
async function isShutOut(trx: Work, { locks }: Engine, id: string): Promise<boolean> {
  const developer = await trx
    .selectFrom('developers')
    .select('state')
    .where('id', '=', (eb) => eb.selectFrom('clients').select('developer_id').where('id', '=', id))
    .modifyEnd(locks.share)
    .executeTakeFirst()
  return developer?.state === 'suspended' || developer?.state === 'closing'
}

/** Holding the developer's row, so that of this and a suspension of the developer one comes after the other. */
function resumeClient(engine: Engine, id: string, now: number): Promise<boolean> {
  let goesOn = false
  return onceEnded(
    engine,
    id,
    now,
    async (trx) => {
      const { numUpdatedRows } = await trx
        .updateTable('clients')
        .set(goesOn ? { suspension: 'developer' } : resumed(now))
        .where('id', '=', id)
        .where('state', '=', 'suspended')
        .executeTakeFirstOrThrow()
      return numUpdatedRows === 1n
    },
    async (trx) => {
      goesOn = await isShutOut(trx, engine, id)
    },
  )
}

const resumed = (now: number) => ({
  state: sql<ClientState>`coalesce(resumes_as, 'inactive')`,
  suspension: null,
  resumes_as: null,
  updated_at: now,
})

/** What was to end with the suspension has ended before. Clients that were left suspended by an active developer go on as well. */
async function resumeAccount(engine: Engine, kind: AccountKind, id: string, now: number): Promise<boolean> {
  const { db, locks } = engine
  for (;;) {
    for (const pending of await accessToEnd(db, kind, id))
      await (pending.target === 'client'
        ? endAccessOfClient(engine, pending, now)
        : finishSuspension(engine, kind, pending, now))
    const done = await db.transaction().execute(async (trx) => {
      const account = trx.selectFrom(accountTables[kind]).select('state').where('id', '=', id)
      const state = (await account.modifyEnd(locks.own).executeTakeFirst())?.state
      if (state === undefined || state === 'closing' || state === 'deleted') return { resumed: false }
      // Begun in between.
      if ((await accessToEnd(trx, kind, id)).length > 0) return undefined
      await trx.deleteFrom('endings').where('target_id', '=', id).execute()
      await trx
        .updateTable(accountTables[kind])
        .set({ state: sql<AccountState>`coalesce(resumes_as, 'active')`, resumes_as: null })
        .where('id', '=', id)
        .where('state', '=', 'suspended')
        .execute()
      if (kind === 'developer') {
        await trx
          .updateTable('clients')
          .set(resumed(now))
          .where('developer_id', '=', id)
          .where('state', '=', 'suspended')
          .where('suspension', '=', 'developer')
          .execute()
      }
      return { resumed: state === 'suspended' }
    })
    if (done !== undefined) return done.resumed
  }
}

/** Access of an account, or of its clients, that is to end and has not yet. */
async function accessToEnd(
  db: Database | Work,
  kind: AccountKind,
  id: string,
): Promise<readonly EndingRow[]> {
  const theirs = db
    .selectFrom('clients')
    .select('id')
    .where('developer_id', '=', kind === 'developer' ? id : '')
    .where('state', '=', 'suspended')
  return db
    .selectFrom('endings')
    .selectAll()
    .where('end_access', '=', 1)
    .where((eb) => eb.or([eb('target_id', '=', id), eb('target_id', 'in', theirs)]))
    .orderBy('id')
    .execute()
}
