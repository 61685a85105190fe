import { sql } from 'kysely'
import type { Account, AccountKind } from '../../domain/account.ts'
import { sessionIdLength } from '../../domain/session.ts'
import type { Accounts, MailTokens, Sessions } from '../accounts.ts'
import { accountColumns, sessionColumns } from '../schema.ts'
import type { Database, Engine } from './engine.ts'
import { prepare, type Slot } from './prepare.ts'
import { partOf, prefixed } from './rows.ts'

const tables = { developer: 'developers', user: 'users' } as const

// In full, not as a parameter: only then do both databases see that the index over living accounts answers it.
const notDeleted = sql<boolean>`state <> 'deleted'`

export function accounts({ db }: Engine, kind: AccountKind): Accounts {
  const table = tables[kind]
  return {
    async add(account) {
      const { numInsertedOrUpdatedRows } = await db
        .insertInto(table)
        .values(account)
        .onConflict((conflict) => conflict.column('email').where(notDeleted).doNothing())
        .executeTakeFirstOrThrow()
      return numInsertedOrUpdatedRows === 1n
    },

    async findByEmail(email) {
      const found = db.selectFrom(table).select(accountColumns).where('email', '=', email).where(notDeleted)
      return plain(await found.executeTakeFirst())
    },

    async find(id) {
      const found = db.selectFrom(table).select(accountColumns).where('id', '=', id)
      return plain(await found.executeTakeFirst())
    },

    async rename(id, full_name) {
      await db.updateTable(table).set({ full_name }).where('id', '=', id).execute()
    },

    async readdress(id, email) {
      const holder = () => db.selectFrom(table).select('id').where('email', '=', email).where(notDeleted)
      try {
        return await db.transaction().execute(async (trx) => {
          const { numUpdatedRows } = await trx
            .updateTable(table)
            .set({ email, proven_at: null })
            .where('id', '=', id)
            .where(notDeleted)
            .where((eb) => eb.not(eb.exists(holder().where('id', '<>', id))))
            .executeTakeFirstOrThrow()
          if (numUpdatedRows === 0n) return false
          await trx.deleteFrom('mail_tokens').where('account_id', '=', id).where('kind', '=', kind).execute()
          return true
        })
      } catch (thrown) {
        // Of two who take one address at once, the index lets one.
        const taken = await holder().where('id', '<>', id).executeTakeFirst()
        if (taken !== undefined) return false
        throw thrown
      }
    },

    async setPassword(id, password_hash) {
      await db.transaction().execute(async (trx) => {
        await trx.updateTable(table).set({ password_hash }).where('id', '=', id).execute()
        await trx.deleteFrom('sessions').where('account_id', '=', id).where('kind', '=', kind).execute()
        await trx
          .deleteFrom('mail_tokens')
          .where('account_id', '=', id)
          .where('kind', '=', kind)
          .where('purpose', '=', 'reset_password')
          .execute()
      })
    },

    async prove({ id, email }, now) {
      await db
        .updateTable(table)
        .set({ proven_at: now })
        .where('id', '=', id)
        .where('email', '=', email)
        .execute()
    },

    async dropUnverified(id) {
      const { numUpdatedRows } = await db
        .updateTable(table)
        .set({ state: 'deleted' })
        .where('id', '=', id)
        .where('state', '=', 'unverified')
        .where((eb) =>
          eb.not(eb.exists(eb.selectFrom('clients').select('id').where('developer_id', '=', id))),
        )
        .executeTakeFirstOrThrow()
      return numUpdatedRows === 1n
    },

    async setState(id, state) {
      await db.updateTable(table).set({ state }).where('id', '=', id).execute()
    },

    async open(id) {
      const { numUpdatedRows } = await db
        .updateTable(table)
        .set({ state: 'active' })
        .where('id', '=', id)
        .where('state', 'in', ['unverified', 'invited'])
        .executeTakeFirstOrThrow()
      return numUpdatedRows === 1n
    },
  }
}

export function sessions({ db, locks, ask }: Engine): Sessions {
  const find = { developer: findSession(db, 'developer'), user: findSession(db, 'user') }
  const ofAccount = (kind: AccountKind, account_id: string) =>
    db.deleteFrom('sessions').where('account_id', '=', account_id).where('kind', '=', kind)
  return {
    // The lock on the account is the order of the two: setting a password writes that row first and ends sessions after.
    async add(session, password_hash) {
      const { numInsertedOrUpdatedRows } = await db
        .insertInto('sessions')
        .columns(sessionColumns)
        .expression((eb) =>
          eb
            .selectFrom(tables[session.kind])
            .select(sessionColumns.map((name) => sql`${session[name]}`.as(name)))
            .where('id', '=', session.account_id)
            .where('password_hash', '=', password_hash)
            .where('state', '=', 'active')
            .modifyEnd(locks.share),
        )
        .executeTakeFirstOrThrow()
      return numInsertedOrUpdatedRows === 1n
    },

    async find(token_hash, kind, now) {
      const { rows } = await ask(find[kind]({ token_hash, now }))
      const row = rows[0]
      const account = row && accountIn(row)
      if (row === undefined || account === undefined) return undefined
      const { created_at, expires_at, ttl_seconds, network, user_agent } = row
      const lasts = { created_at, expires_at, ttl_seconds }
      return {
        account,
        session: { token_hash, kind, account_id: account.id, ...lasts, network, user_agent },
      }
    },

    async list(kind, account_id, now) {
      const rows = await db
        .selectFrom('sessions')
        .selectAll()
        .where('account_id', '=', account_id)
        .where('kind', '=', kind)
        .where('expires_at', '>', now)
        .orderBy('created_at', 'desc')
        .orderBy('token_hash')
        .execute()
      return rows.map((row) => ({ ...row }))
    },

    async extend(token_hash, expires_at) {
      await db.updateTable('sessions').set({ expires_at }).where('token_hash', '=', token_hash).execute()
    },

    async end(token_hash) {
      await db.deleteFrom('sessions').where('token_hash', '=', token_hash).execute()
    },

    async endOne(kind, account_id, id) {
      const { numDeletedRows } = await ofAccount(kind, account_id)
        .where(sql`substr(token_hash, 1, ${sql.lit(sessionIdLength)})`, '=', id)
        .executeTakeFirstOrThrow()
      return numDeletedRows > 0n
    },

    async endAll(kind, account_id) {
      const { numDeletedRows } = await ofAccount(kind, account_id).executeTakeFirstOrThrow()
      return Number(numDeletedRows)
    },
  }
}

export function mailTokens({ db }: Engine): MailTokens {
  return {
    async add(token) {
      await db.insertInto('mail_tokens').values(token).execute()
    },

    async find(token_hash, purpose, kind, now) {
      const found = await db
        .selectFrom('mail_tokens')
        .selectAll()
        .where('token_hash', '=', token_hash)
        .where('purpose', '=', purpose)
        .where('kind', '=', kind)
        .where('expires_at', '>', now)
        .executeTakeFirst()
      return plain(found)
    },

    async take(token_hash, purpose, kind, now) {
      const taken = await db
        .deleteFrom('mail_tokens')
        .where('token_hash', '=', token_hash)
        .where('purpose', '=', purpose)
        .where('kind', '=', kind)
        .where('expires_at', '>', now)
        .returningAll()
        .executeTakeFirst()
      return plain(taken)
    },
  }
}

function findSession(db: Database, kind: AccountKind) {
  return prepare((slot: Slot<{ token_hash: string; now: number }>) => {
    const [token_hash, now] = [slot((args) => args.token_hash), slot((args) => args.now)]
    return db
      .selectFrom('sessions')
      .innerJoin(`${tables[kind]} as account`, 'account.id', 'sessions.account_id')
      .select(['sessions.created_at', 'sessions.expires_at', 'sessions.ttl_seconds'])
      .select(['sessions.network', 'sessions.user_agent'])
      .select(prefixed('account', accountColumns, 'account'))
      .where('sessions.token_hash', '=', token_hash)
      .where('sessions.kind', '=', sql.lit(kind))
      .where('sessions.expires_at', '>', now)
      .where('account.state', '=', sql.lit('active'))
  })
}

const plain = <Noun extends object>(row: Noun | undefined): Noun | undefined => row && { ...row }

const accountIn = partOf<Account>(accountColumns, 'account')
