import { sql } from 'kysely'
import type { AuthorizationCode } from '../../domain/authorization-code.ts'
import type { Client, ClientSecret } from '../../domain/client.ts'
import type { Project } from '../../domain/project.ts'
import { clientColumns, codeColumns, projectColumns, secretColumns } from '../schema.ts'
import type { AuthorizationCodes } from '../store.ts'
import type { Database, Engine } from './engine.ts'
import { prepare, type Slot } from './prepare.ts'
import { clientOf, codeOf, part, prefixed } from './rows.ts'

export function codes(engine: Engine): AuthorizationCodes {
  const { db } = engine
  const redeemable = readRedeemable(db)
  return {
    async read(client_id, code_hash) {
      const { rows } = await db.executeQuery(redeemable({ client_id, code_hash }))
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
  return prepare((slot: Slot<{ client_id: string; code_hash: string }>) => {
    const [client_id, code_hash] = [slot((args) => args.client_id), slot((args) => args.code_hash)]
    return db
      .selectFrom(sql<{ one: number }>`(select 1 as one)`.as('here'))
      .leftJoin('clients as client', (join) =>
        join.on('client.client_id', '=', client_id).on('client.state', '<>', 'deleted'),
      )
      .leftJoin('client_secrets as secret', 'secret.client_row_id', 'client.id')
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
