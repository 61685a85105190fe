import { sql } from 'kysely'
import type { Schema } from '../schema.ts'
import type { Database, Engine, Work } from './engine.ts'

/**
 * Adds a row that is a user's, while they are active and not suspended or being deleted. Sharing the user's row: whoever
 * deletes the user then sees this one, or comes first and nothing is added. False when nothing was.
 */
export async function addForActiveUser<Table extends 'authorization_requests' | 'projects'>(
  db: Database | Work,
  { share }: Engine['locks'],
  table: Table,
  row: Schema[Table],
): Promise<boolean> {
  const [columns, values] = [Object.keys(row), Object.values(row)]
  const { numAffectedRows } =
    await sql`insert into ${sql.table(table)} (${sql.join(columns.map((name) => sql.ref(name)))})
    select ${sql.join(values)} from users where id = ${row.user_id} and state = 'active' ${share}`.execute(db)
  return numAffectedRows === 1n
}

/** Whether the user is active, and until this transaction ends stays so. */
export async function holdActiveUser(trx: Work, { share }: Engine['locks'], id: string): Promise<boolean> {
  const user = trx.selectFrom('users').select('id').where('id', '=', id).where('state', '=', 'active')
  return (await user.modifyEnd(share).executeTakeFirst()) !== undefined
}
