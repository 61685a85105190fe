import { randomUUID } from 'node:crypto'
import type { PendingEnding, Row } from '../schema.ts'
import type { Database, Engine, Work } from './engine.ts'

export type EndingRow = Row<PendingEnding>

/** Notes in the caller's transaction what is to end: should that break off, whoever sweeps goes on with it. */
export async function noteEnding(
  trx: Work,
  {
    target,
    target_id,
    revoked_by,
    end_access = true,
    deletes = false,
  }: Pick<PendingEnding, 'target' | 'target_id' | 'revoked_by'> & Partial<PendingEnding>,
  now: number,
): Promise<EndingRow> {
  const ending: EndingRow = {
    id: randomUUID(),
    target,
    target_id,
    end_access: end_access ? 1 : 0,
    deletes: deletes ? 1 : 0,
    revoked_by,
    begun_at: now,
  }
  await trx.insertInto('endings').values(ending).execute()
  return ending
}

/**
 * Whether it is still to be done, and until this transaction ends nobody says otherwise. Of several who do it at once one
 * is the last; what is granted after that is nobody's business any more.
 */
export async function stillToEnd(
  trx: Work,
  { id }: Pick<EndingRow, 'id'>,
  { share }: Engine['locks'],
): Promise<boolean> {
  const there = trx.selectFrom('endings').select('id').where('id', '=', id).modifyEnd(share)
  return (await there.executeTakeFirst()) !== undefined
}

export async function forgetEnding(db: Database | Work, { id }: Pick<EndingRow, 'id'>): Promise<void> {
  await db.deleteFrom('endings').where('id', '=', id).execute()
}

export async function endingsOf(db: Database | Work, target_id: string): Promise<readonly EndingRow[]> {
  return db.selectFrom('endings').selectAll().where('target_id', '=', target_id).orderBy('id').execute()
}
