import { setImmediate } from 'node:timers/promises'
import type { AccountKind } from '../../domain/account.ts'
import { clients } from './clients.ts'
import type { Database, Engine } from './engine.ts'
import { list } from './rows.ts'
import { accountTables, shutOut } from './suspensions.ts'

/** Rows of a user that are emptied in one transaction. */
const bite = 500

/** Deliveries that are deleted in one statement. */
const biteOfDeliveries = 2_000

/**
 * Deletes an account in steps, each of which may be repeated: nobody gets in, all access ends, what is personal goes, and
 * last of all the address. Until then the account is `closing`, and whoever sweeps goes on where this broke off.
 */
export async function closeAccount(
  engine: Engine,
  kind: AccountKind,
  id: string,
  by: 'user' | 'operator',
  now: number,
): Promise<boolean> {
  const { db } = engine
  const { numUpdatedRows } = await db
    .updateTable(accountTables[kind])
    .set({ state: 'closing', resumes_as: null })
    .where('id', '=', id)
    .where('state', '<>', 'deleted')
    .executeTakeFirstOrThrow()
  if (numUpdatedRows === 0n) return false
  await shutOut(engine, kind, id, { end_access: true }, { by, now })
  if (kind === 'developer') {
    await deleteClients(engine, id, now)
    await deleteWebhooks(db, id)
  } else await forgetUser(db, id)
  await forgetAccount(db, kind, id)
  return true
}

async function deleteClients(engine: Engine, developer_id: string, now: number): Promise<void> {
  const { setState } = clients(engine)
  const theirs = engine.db.selectFrom('clients').select('id').where('developer_id', '=', developer_id)
  for (const { id } of await theirs.where('state', '<>', 'deleted').orderBy('id').execute())
    await setState(id, 'deleted', now, 'operator')
}

/** Addresses and what was told to them, which may be a lot; the endpoints last, so that what breaks off is found again. */
async function deleteWebhooks(db: Database, developer_id: string): Promise<void> {
  const theirs = await db
    .selectFrom('webhooks')
    .select('id')
    .where('developer_id', '=', developer_id)
    .execute()
  for (const { id } of theirs) {
    const told = (trx: Database) => trx.deleteFrom('webhook_deliveries').where('webhook_id', '=', id)
    for (;;) {
      const { numDeletedRows } = await told(db)
        .where('event_id', 'in', (eb) =>
          eb
            .selectFrom('webhook_deliveries')
            .select('event_id')
            .where('webhook_id', '=', id)
            .limit(biteOfDeliveries),
        )
        .executeTakeFirstOrThrow()
      if (numDeletedRows < biteOfDeliveries) break
      await setImmediate()
    }
    await db.transaction().execute(async (trx) => {
      await told(trx).execute()
      await trx.deleteFrom('webhook_secrets').where('webhook_id', '=', id).execute()
      await trx.deleteFrom('webhooks').where('id', '=', id).execute()
    })
  }
}

/**
 * What apps asked of the user stays countable for their developers, without what it was about: buckets and prefixes are
 * the user's own words. Codes go at once, not when they are swept.
 */
async function forgetUser(db: Database, user_id: string): Promise<void> {
  let after = ''
  for (;;) {
    const requests = await db
      .selectFrom('authorization_requests')
      .select(['id', 'scopes', 'approved_scopes', 'rejected_scopes'])
      .where('user_id', '=', user_id)
      .where('id', '>', after)
      .orderBy('id')
      .limit(bite)
      .execute()
    await db.transaction().execute(async (trx) => {
      for (const { id, ...scopes } of requests) {
        await trx
          .updateTable('authorization_requests')
          .set({
            client_state: null,
            scopes: withoutPlaces(scopes.scopes),
            approved_scopes: withoutPlaces(scopes.approved_scopes),
            rejected_scopes: withoutPlaces(scopes.rejected_scopes),
          })
          .where('id', '=', id)
          .execute()
        await trx.deleteFrom('authorization_codes').where('request_id', '=', id).execute()
      }
    })
    const last = requests.at(-1)
    if (last === undefined || requests.length < bite) break
    after = last.id
    await setImmediate()
  }
  await forgetGrants(db, user_id)
  await db.deleteFrom('projects').where('user_id', '=', user_id).execute()
}

/** They have ended; what they opened is forgotten. */
async function forgetGrants(db: Database, user_id: string): Promise<void> {
  for (;;) {
    const grants = await db
      .selectFrom('grants')
      .select(['id', 'scopes'])
      .where('user_id', '=', user_id)
      .where('scopes', 'like', '%"bucket:%')
      .limit(bite)
      .execute()
    await db.transaction().execute(async (trx) => {
      for (const { id, scopes } of grants) {
        await trx
          .updateTable('grants')
          .set({ scopes: withoutPlaces(scopes) })
          .where('id', '=', id)
          .execute()
        await trx
          .updateTable('refresh_families')
          .set({ encrypted_prefixes: '[]' })
          .where('grant_id', '=', id)
          .execute()
      }
    })
    if (grants.length < bite) return
    await setImmediate()
  }
}

const withoutPlaces = (scopes: string): string =>
  JSON.stringify(list(scopes).filter((scope) => !scope.startsWith('bucket:')))

/** Nobody any more: what names a person is gone, the row stays for what refers to it. */
async function forgetAccount(db: Database, kind: AccountKind, id: string): Promise<void> {
  await db.transaction().execute(async (trx) => {
    await trx
      .updateTable(accountTables[kind])
      .set({
        email: '',
        full_name: 'deleted account',
        company_name: '',
        password_hash: '',
        state: 'deleted',
        resumes_as: null,
      })
      .where('id', '=', id)
      .where('state', '=', 'closing')
      .execute()
    // Begun while the account was going.
    await trx.deleteFrom('sessions').where('account_id', '=', id).where('kind', '=', kind).execute()
    await trx.deleteFrom('mail_tokens').where('account_id', '=', id).where('kind', '=', kind).execute()
  })
}
