import type { QueryCreator } from 'kysely'
import type { AuthorizationCode } from '../../domain/authorization-code.ts'
import type { Project } from '../../domain/project.ts'
import { codeColumns, projectColumns, type Schema } from '../schema.ts'
import type { AuthorizationCodes } from '../store.ts'
import { clientWithSecrets, clientWithSecretsOf } from './clients.ts'
import type { Database, Engine } from './engine.ts'
import { prepare, type Slot, type Slots } from './prepare.ts'
import { codeOf, part, prefixed } from './rows.ts'

export function codes(engine: Engine): AuthorizationCodes {
  const { db } = engine
  const redeemable = readRedeemable(db)
  return {
    async read(client_id, code_hash, now) {
      const { rows } = await db.executeQuery(redeemable({ client_id, code_hash, now }))
      const [row = {}] = rows
      const code = part<AuthorizationCode>(row, codeColumns, 'code')
      return {
        ...clientWithSecretsOf(rows),
        code: code && codeOf(code),
        project: part<Project>(row, projectColumns, 'project'),
      }
    },

    redeem: (redemption) => engine.redeem(redemption),

    async burn(code_id, now) {
      await db
        .updateTable('authorization_codes')
        .set({ revoked_at: now, sealed_encryption_access: null, sealed_half: null })
        .where('id', '=', code_id)
        .where('spent_at', 'is', null)
        .where('revoked_at', 'is', null)
        .execute()
    },
  }
}

/** A client without this code and a code without this client are both read. */
function readRedeemable(db: Database) {
  return prepare((slot: Slot<{ client_id: string; code_hash: string; now: number }>) => {
    const client_id = slot((args) => args.client_id)
    const code_hash = slot((args) => args.code_hash)
    const now = slot((args) => args.now)
    return (
      clientWithSecrets(db, { client_id, now })
        .leftJoin('authorization_codes as code', (join) => join.on('code.code_hash', '=', code_hash))
        // Of a user who is gone nothing is handed out any more.
        .leftJoin('users as user', (join) =>
          join.onRef('user.id', '=', 'code.user_id').on('user.state', '=', 'active'),
        )
        .leftJoin('projects as project', (join) =>
          join.onRef('project.id', '=', 'code.project_id').onRef('project.user_id', '=', 'user.id'),
        )
        .select(prefixed('code', codeColumns, 'code'))
        .select(prefixed('project', projectColumns, 'project'))
    )
  })
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
