import { type QueryCreator, sql } from 'kysely'
import type { AuthorizationCode } from '../../domain/authorization-code.ts'
import type { Client, ClientSecret } from '../../domain/client.ts'
import type { Project } from '../../domain/project.ts'
import { clientColumns, codeColumns, projectColumns, type Schema, secretColumns } from '../schema.ts'
import type { AuthorizationCodes } from '../store.ts'
import type { Database, Engine } from './engine.ts'
import { prepare, type Slot, type Slots } from './prepare.ts'
import { clientOf, codeOf, part, prefixed } from './rows.ts'

export function codes(engine: Engine): AuthorizationCodes {
  const { db } = engine
  const redeemable = readRedeemable(db)
  return {
    async read(client_id, code_hash, now) {
      const { rows } = await db.executeQuery(redeemable({ client_id, code_hash, now }))
      // One row per secret of the client; the rest is the same in each.
      const [row = {}] = rows
      const client = part<Client>(row, clientColumns, 'client')
      const code = part<AuthorizationCode>(row, codeColumns, 'code')
      return {
        client: client && clientOf(client),
        secrets: rows.flatMap((each) => part<ClientSecret>(each, secretColumns, 'secret') ?? []),
        code: code && codeOf(code),
        project: part<Project>(row, projectColumns, 'project'),
      }
    },

    redeem: (redemption) => engine.redeem(redemption),
  }
}

/** Starts from a row that is always there, so that a client without code and a code without client are both read. */
function readRedeemable(db: Database) {
  return prepare((slot: Slot<{ client_id: string; code_hash: string; now: number }>) => {
    const client_id = slot((args) => args.client_id)
    const code_hash = slot((args) => args.code_hash)
    const now = slot((args) => args.now)
    return db
      .selectFrom(sql<{ one: number }>`(select 1 as one)`.as('here'))
      .leftJoin('clients as client', (join) =>
        join.on('client.client_id', '=', client_id).on('client.state', '<>', 'deleted'),
      )
      .leftJoin('client_secrets as secret', (join) =>
        join
          .onRef('secret.client_row_id', '=', 'client.id')
          .on((eb) => eb.or([eb('secret.retires_at', 'is', null), eb('secret.retires_at', '>', now)])),
      )
      .leftJoin('authorization_codes as code', (join) => join.on('code.code_hash', '=', code_hash))
      .leftJoin('projects as project', 'project.id', 'code.project_id')
      .select(prefixed('client', clientColumns, 'client'))
      .select(prefixed('secret', secretColumns, 'secret'))
      .select(prefixed('code', codeColumns, 'code'))
      .select(prefixed('project', projectColumns, 'project'))
      .orderBy('secret.created_at', 'desc')
      .orderBy('secret.id', 'desc')
  })
}

/**
 * Spends the code, unless it was spent, revoked or too old before. Of all who run this, one changes the row. Keys that
 * were sealed beside it have served.
 */
export function spend(
  db: QueryCreator<Schema>,
  { code_id, grant_id, now }: Slots<{ code_id: string; grant_id: string; now: number }>,
) {
  return db
    .updateTable('authorization_codes')
    .set({ spent_at: now, grant_id, sealed_encryption_access: null })
    .where('id', '=', code_id)
    .where('spent_at', 'is', null)
    .where('revoked_at', 'is', null)
    .where('expires_at', '>', now)
}
