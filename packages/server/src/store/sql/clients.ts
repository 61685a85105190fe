import { type RawBuilder, sql } from 'kysely'
import {
  type Client,
  type ClientSecret,
  isUsable,
  keptRetiredSecrets,
  maxUsableSecrets,
} from '../../domain/client.ts'
import type { Clients } from '../clients.ts'
import type { Redeemable } from '../codes.ts'
import { clientColumns, secretColumns } from '../schema.ts'
import { switchOff, switchOn } from './client-endings.ts'
import type { Database, Engine } from './engine.ts'
import { prepare, type Slot, type Slots } from './prepare.ts'
import { clientOf, clientRow, partOf, prefixed } from './rows.ts'
import { paddedToPowerOfTwo } from './upkeep.ts'

export function clients(engine: Engine): Clients {
  const { db, locks, ask } = engine
  const every = db.selectFrom('clients').select(clientColumns)
  const living = every.where('state', '<>', 'deleted')
  const toAuthenticate = prepare((slot: Slot<{ client_id: string; now: number }>) =>
    clientWithSecrets(db, { client_id: slot((args) => args.client_id), now: slot((args) => args.now) }),
  )
  return {
    // Sharing the developer's row: whoever suspends or deletes the developer then sees this client, or comes first.
    add(client, secret) {
      return db.transaction().execute(async (trx) => {
        const developer = await trx
          .selectFrom('developers')
          .select('id')
          .where('id', '=', client.developer_id)
          .where('state', 'not in', ['suspended', 'closing', 'deleted'])
          .modifyEnd(locks.share)
          .executeTakeFirst()
        if (developer === undefined) return false
        await trx.insertInto('clients').values(clientRow(client)).execute()
        if (secret !== undefined) await trx.insertInto('client_secrets').values(secret).execute()
        return true
      })
    },

    async toAuthenticate(client_id, now) {
      const { rows } = await ask(toAuthenticate({ client_id, now }))
      return clientWithSecretsOf(rows)
    },

    async find(id) {
      const row = await living.where('id', '=', id).executeTakeFirst()
      return row && clientOf(row)
    },

    async findByClientId(client_id) {
      const row = await living.where('client_id', '=', client_id).executeTakeFirst()
      return row && clientOf(row)
    },

    async list(developer_id) {
      const mine = living.where('developer_id', '=', developer_id)
      const rows = await mine.orderBy('created_at').orderBy('id').execute()
      return rows.map(clientOf)
    },

    async everOf(developer_id) {
      const mine = every.where('developer_id', '=', developer_id)
      const rows = await mine.orderBy('created_at').orderBy('id').execute()
      return rows.map(clientOf)
    },

    async known(client_ids) {
      const known = new Set<string>()
      for (let at = 0; at < client_ids.length; at += 512) {
        const some = paddedToPowerOfTwo(client_ids.slice(at, at + 512))
        const rows = await db
          .selectFrom('clients')
          .select('client_id')
          .where('client_id', 'in', some)
          .execute()
        for (const { client_id } of rows) known.add(client_id)
      }
      return known
    },

    update(id, change, now) {
      return db.transaction().execute(async (trx) => {
        const row = await trx
          .selectFrom('clients')
          .select(clientColumns)
          .where('id', '=', id)
          .where('state', '<>', 'deleted')
          .modifyEnd(locks.own)
          .executeTakeFirst()
        if (row === undefined) return undefined

        const before = clientOf(row)
        const after = { ...before, ...change(before), updated_at: now }
        await trx.updateTable('clients').set(clientRow(after)).where('id', '=', id).execute()
        return after
      })
    },

    setState: (id, state, now, by = 'developer') =>
      state === 'active'
        ? switchOn(engine, id, now)
        : switchOff(engine, id, { deletes: state === 'deleted', by }, now),

    async secrets(id) {
      const secrets = db.selectFrom('client_secrets').selectAll().where('client_row_id', '=', id)
      const rows = await secrets.orderBy('created_at', 'desc').orderBy('id', 'desc').execute()
      return rows.map((row) => ({ ...row }))
    },

    async newestSecret() {
      const newest = db.selectFrom('client_secrets').selectAll().orderBy('id', 'desc').limit(1)
      const row = await newest.executeTakeFirst()
      return row && { ...row }
    },

    rotate(secret, retires_at, retired_by) {
      return db.transaction().execute(async (trx) => {
        const { client_row_id, created_at: now } = secret
        await trx
          .selectFrom('clients')
          .select('id')
          .where('id', '=', client_row_id)
          .modifyEnd(locks.own)
          .execute()
        const secrets = await trx
          .selectFrom('client_secrets')
          .selectAll()
          .where('client_row_id', '=', client_row_id)
          .orderBy('id')
          .execute()
        const overlapping = retires_at > now ? secrets.filter((one) => isUsable(one, now)) : []
        if (overlapping.length >= maxUsableSecrets) return false
        for (const { id } of secrets.filter((one) => isUsable(one, retires_at))) {
          await trx
            .updateTable('client_secrets')
            .set({ retires_at, retired_by })
            .where('id', '=', id)
            .execute()
        }
        await trx.insertInto('client_secrets').values(secret).execute()
        const retired = secrets
          .filter((one) => !isUsable(one, now))
          .toSorted((a, b) => b.created_at - a.created_at)
        for (const { id } of retired.slice(keptRetiredSecrets)) {
          await trx.deleteFrom('client_secrets').where('id', '=', id).execute()
        }
        return true
      })
    },

    retireSecret(id, secret_id, retired_by, now) {
      return db.transaction().execute(async (trx) => {
        // As rotating does: whichever of the two comes second sees what the first left.
        await trx.selectFrom('clients').select('id').where('id', '=', id).modifyEnd(locks.own).execute()
        const secret = await trx
          .selectFrom('client_secrets')
          .selectAll()
          .where('id', '=', secret_id)
          .where('client_row_id', '=', id)
          .executeTakeFirst()
        if (secret === undefined) return 'unknown'
        if (secret.retires_at === null) return 'newest'
        if (isUsable(secret, now)) {
          await trx
            .updateTable('client_secrets')
            .set({ retires_at: now, retired_by })
            .where('id', '=', secret_id)
            .execute()
        }
        return 'retired'
      })
    },

    async noteSecretsUsed(uses) {
      // In the order of ids, as rotating does, so that no two transactions wait for each other.
      const inOrder = uses.toSorted((a, b) => (a.secret_id < b.secret_id ? -1 : 1))
      await db.transaction().execute(async (trx) => {
        for (const { secret_id, at } of inOrder) {
          await trx
            .updateTable('client_secrets')
            .set({ last_used_at: at })
            .where('id', '=', secret_id)
            .where(sql`coalesce(last_used_at, 0)`, '<', at)
            .execute()
        }
      })
    },
  }
}

/**
 * The client and its secrets that verify something now, newest first: one row per secret, the rest the same in each.
 * Starts from a row that is always there, so that what is joined to it is read for a client that is not there as well.
 */
export function clientWithSecrets(
  db: Database,
  { client_id, now }: Slots<{ client_id: string; now: number }>,
  /** Rows of its own may ask for several at once. */
  here: RawBuilder<{ n: number }> = sql`(select 1 as n)`,
) {
  return db
    .selectFrom(here.as('here'))
    .leftJoin('clients as client', (join) =>
      join.on('client.client_id', '=', client_id).on('client.state', '<>', sql.lit('deleted')),
    )
    .leftJoin('client_secrets as secret', (join) =>
      join
        .onRef('secret.client_row_id', '=', 'client.id')
        .on((eb) => eb.or([eb('secret.retires_at', 'is', null), eb('secret.retires_at', '>', now)])),
    )
    .select(prefixed('client', clientColumns, 'client'))
    .select(prefixed('secret', secretColumns, 'secret'))
    .orderBy('secret.created_at', 'desc')
    .orderBy('secret.id', 'desc')
}

export function clientWithSecretsOf(
  rows: readonly Readonly<Record<string, unknown>>[],
): Pick<Redeemable, 'client' | 'secrets'> {
  const [row = {}] = rows
  const client = clientIn(row)
  return {
    client: client && clientOf(client),
    secrets: rows.flatMap((each) => secretIn(each) ?? []),
  }
}

const clientIn = partOf<Client>(clientColumns, 'client')
const secretIn = partOf<ClientSecret>(secretColumns, 'secret')
