import { type QueryCreator, type RawBuilder, sql } from 'kysely'
import type { AuthorizationCode } from '../../domain/authorization-code.ts'
import type { Project } from '../../domain/project.ts'
import type { AuthorizationCodes } from '../codes.ts'
import { codeColumns, projectColumns, type Schema } from '../schema.ts'
import { clientWithSecrets, clientWithSecretsOf } from './clients.ts'
import type { AskedCode, Database, Engine } from './engine.ts'
import { prepare, type Slot, type Slots } from './prepare.ts'
import { codeOf, partOf, prefixed, revokedCode } from './rows.ts'

export function codes(engine: Engine): AuthorizationCodes {
  const { db } = engine
  return {
    async read(client_id, code_hash, now) {
      const rows = await engine.redeemable({ client_id, code_hash, now })
      const [row = {}] = rows
      const code = codeIn(row)
      return {
        ...clientWithSecretsOf(rows),
        code: code && codeOf(code),
        project: projectIn(row),
      }
    },

    redeem: (redemption) => engine.redeem(redemption),

    async burn(code_id, now) {
      await db
        .updateTable('authorization_codes')
        .set(revokedCode(now))
        .where('id', '=', code_id)
        .where('spent_at', 'is', null)
        .where('revoked_at', 'is', null)
        .execute()
    },
  }
}

export function readRedeemable(db: Database) {
  return prepare((slot: Slot<AskedCode>) =>
    redeemable(db, {
      client_id: slot((args) => args.client_id),
      code_hash: slot((args) => args.code_hash),
      now: slot((args) => args.now),
    }),
  )
}

/** A client without this code and a code without this client are both read. */
export function redeemable(
  db: Database,
  { code_hash, ...client }: Slots<AskedCode>,
  here?: RawBuilder<{ n: number }>,
) {
  return (
    clientWithSecrets(db, client, here)
      .leftJoin('authorization_codes as code', (join) => join.on('code.code_hash', '=', code_hash))
      // Of a user who is gone nothing is handed out any more.
      .leftJoin('users as user', (join) =>
        join.onRef('user.id', '=', 'code.user_id').on('user.state', '=', sql.lit('active')),
      )
      .leftJoin('projects as project', (join) =>
        join.onRef('project.id', '=', 'code.project_id').onRef('project.user_id', '=', 'user.id'),
      )
      .select(prefixed('code', codeColumns, 'code'))
      .select(prefixed('project', projectColumns, 'project'))
  )
}

/**
 * Spends the code, unless it was spent, revoked or too old before. Of all who run this, one changes the row. What was
 * sealed beside it has served.
 */
export function spend(
  db: QueryCreator<Schema>,
  { code_id, grant_id, now }: Slots<{ code_id: string; grant_id: string; now: number }>,
) {
  return db
    .updateTable('authorization_codes')
    .set({ spent_at: now, grant_id, sealed_encryption_access: null, sealed_half: null })
    .where('id', '=', code_id)
    .where('spent_at', 'is', null)
    .where('revoked_at', 'is', null)
    .where('expires_at', '>', now)
}

const codeIn = partOf<AuthorizationCode>(codeColumns, 'code')
const projectIn = partOf<Project>(projectColumns, 'project')
