import type { Account } from '../../domain/account.ts'
import type { Administration, KnownClient } from '../administration.ts'
import { accountColumns } from '../schema.ts'
import type { Engine } from './engine.ts'
import { clientRow } from './rows.ts'
import { inPowersOfTwo } from './upkeep.ts'

type Imports = Pick<Administration, 'importedAlready' | 'developersByEmail' | 'import'>

/** Brings in many clients and their developers at once. */
export function imports({ db, locks }: Engine): Imports {
  return {
    async importedAlready(client_ids) {
      const known = new Map<string, KnownClient>()
      for (const some of inPowersOfTwo(client_ids)) {
        const rows = await db
          .selectFrom('clients as client')
          .innerJoin('developers as developer', 'developer.id', 'client.developer_id')
          .leftJoin('client_secrets as secret', 'secret.client_row_id', 'client.id')
          .select(['client.client_id', 'client.state', 'developer.email'])
          .select(['secret.id as secret_id', 'secret.sealed_secret'])
          .where('client.client_id', 'in', some)
          .execute()
        for (const { client_id, state, email, secret_id, sealed_secret } of rows) {
          const secret =
            secret_id === null || sealed_secret === null ? [] : [{ id: secret_id, sealed_secret }]
          const secrets = [...(known.get(client_id)?.secrets ?? []), ...secret]
          known.set(client_id, { state, developer_email: email, secrets })
        }
      }
      return known
    },

    async developersByEmail(emails) {
      const known = new Map<string, Account & { proven: boolean }>()
      for (const some of inPowersOfTwo(emails)) {
        const rows = await db
          .selectFrom('developers')
          .select(accountColumns)
          .select('proven_at')
          .where('email', 'in', some)
          .where('state', '<>', 'deleted')
          .execute()
        for (const { proven_at, ...row } of rows) known.set(row.email, { ...row, proven: proven_at !== null })
      }
      return known
    },

    async import({ developers, clients }) {
      try {
        await db.transaction().execute(async (trx) => {
          for (const some of inPowersOfTwo(developers)) {
            const emails = some.map(({ email }) => email)
            await trx
              .updateTable('developers as developer')
              .set({ state: 'deleted' })
              .where('email', 'in', emails)
              .where('state', '=', 'unverified')
              .where((eb) =>
                eb.not(
                  eb.exists(
                    eb.selectFrom('clients').select('id').whereRef('developer_id', '=', 'developer.id'),
                  ),
                ),
              )
              .execute()
            const { numInsertedOrUpdatedRows } = await trx
              .insertInto('developers')
              .values(some)
              .onConflict((conflict) => conflict.doNothing())
              .executeTakeFirstOrThrow()
            if (numInsertedOrUpdatedRows !== BigInt(some.length)) throw new Taken()
          }
          // As `clients.add` does: of this and a suspension one comes after the other. In order, so that nobody waits for us in turn.
          const owners = [...new Set(clients.map(({ client }) => client.developer_id))].toSorted()
          for (const some of inPowersOfTwo(owners)) {
            const there = await trx
              .selectFrom('developers')
              .select('id')
              .where('id', 'in', some)
              .where('state', 'not in', ['suspended', 'closing', 'deleted'])
              .orderBy('id')
              .modifyEnd(locks.share)
              .execute()
            if (there.length !== some.length) throw new Taken()
          }
          for (const some of inPowersOfTwo(clients)) {
            const { numInsertedOrUpdatedRows } = await trx
              .insertInto('clients')
              .values(some.map(({ client }) => clientRow(client)))
              .onConflict((conflict) => conflict.doNothing())
              .executeTakeFirstOrThrow()
            if (numInsertedOrUpdatedRows !== BigInt(some.length)) throw new Taken()
            await trx
              .insertInto('client_secrets')
              .values(some.map(({ secret }) => secret))
              .execute()
          }
        })
        return true
      } catch (thrown) {
        if (thrown instanceof Taken) return false
        throw thrown
      }
    },
  }
}

/** Undoes the transaction: somebody was faster. */
class Taken extends Error {
  override readonly name = 'Taken'
}
