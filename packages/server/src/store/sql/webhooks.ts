import type { Webhook } from '../../domain/webhook.ts'
import type { Row } from '../schema.ts'
import type { Endpoints, Webhooks } from '../webhooks.ts'
import type { Engine } from './engine.ts'
import { webhookDeliveries } from './webhook-deliveries.ts'
import { webhookFacts } from './webhook-facts.ts'

export function webhooks(engine: Engine): Webhooks {
  return { ...endpoints(engine), ...webhookDeliveries(engine), ...webhookFacts(engine) }
}

const webhookRow = (webhook: Webhook): Row<Webhook> => ({
  ...webhook,
  events: JSON.stringify(webhook.events),
  slow: webhook.slow ? 1 : 0,
})

const webhookOf = (row: Row<Webhook>): Webhook => ({
  ...row,
  events: JSON.parse(row.events),
  slow: row.slow === 1,
})

function endpoints({ db, locks }: Engine): Endpoints {
  return {
    add(webhook, secret, most) {
      return db.transaction().execute(async (trx) => {
        const { developer_id } = webhook
        // Two that come at once come one after the other.
        const developer = trx.selectFrom('developers').select('id').where('id', '=', developer_id)
        await developer.modifyEnd(locks.own).execute()
        const his = trx.selectFrom('webhooks').select('id').where('developer_id', '=', developer_id)
        if ((await his.limit(most).execute()).length >= most) return false
        await trx.insertInto('webhooks').values(webhookRow(webhook)).execute()
        await trx.insertInto('webhook_secrets').values(secret).execute()
        return true
      })
    },

    async find(id) {
      const row = await db.selectFrom('webhooks').selectAll().where('id', '=', id).executeTakeFirst()
      return row && webhookOf(row)
    },

    async list(developer_id) {
      const his = db.selectFrom('webhooks').selectAll().where('developer_id', '=', developer_id)
      return (await his.orderBy('id').execute()).map(webhookOf)
    },

    async change(id, { events, ...change }) {
      const set = { ...change, ...(events === undefined ? {} : { events: JSON.stringify(events) }) }
      if (Object.keys(set).length === 0) return
      await db.updateTable('webhooks').set(set).where('id', '=', id).execute()
    },

    async enable(id, now) {
      await db
        .updateTable('webhooks')
        .set({
          state: 'active',
          disabled_because: null,
          failing_since: null,
          warned_at: null,
          slow: 1,
          listening_since: now,
        })
        .where('id', '=', id)
        .where('state', '=', 'disabled')
        .execute()
    },

    disable(id, because, now) {
      return db.transaction().execute(async (trx) => {
        const { numUpdatedRows } = await trx
          .updateTable('webhooks')
          .set({ state: 'disabled', disabled_because: because })
          .where('id', '=', id)
          .where('state', '=', 'active')
          .executeTakeFirstOrThrow()
        if (numUpdatedRows === 0n) return false
        await trx
          .updateTable('webhook_deliveries')
          .set({ state: 'failed', due_at: now, problem: 'webhook_disabled' })
          .where('webhook_id', '=', id)
          .where('state', '=', 'waiting')
          .execute()
        return true
      })
    },

    async warn(id, now) {
      const { numUpdatedRows } = await db
        .updateTable('webhooks')
        .set({ warned_at: now })
        .where('id', '=', id)
        .where('warned_at', 'is', null)
        .executeTakeFirstOrThrow()
      return numUpdatedRows === 1n
    },

    delete(id) {
      return db.transaction().execute(async (trx) => {
        await trx.deleteFrom('webhooks').where('id', '=', id).execute()
        await trx.deleteFrom('webhook_secrets').where('webhook_id', '=', id).execute()
      })
    },

    async signingSecrets(webhook_id, now) {
      const rows = await db
        .selectFrom('webhook_secrets')
        .selectAll()
        .where('webhook_id', '=', webhook_id)
        .where((eb) => eb.or([eb('retires_at', 'is', null), eb('retires_at', '>', now)]))
        .orderBy('created_at', 'desc')
        .orderBy('id', 'desc')
        .execute()
      return rows.map((row) => ({ ...row }))
    },

    rotateSecret(secret, retires_at) {
      return db.transaction().execute(async (trx) => {
        const { webhook_id, created_at } = secret
        const webhook = trx.selectFrom('webhooks').select('id').where('id', '=', webhook_id)
        await webhook.modifyEnd(locks.own).execute()
        const before = trx.updateTable('webhook_secrets').where('webhook_id', '=', webhook_id)
        await before.set({ retires_at: created_at }).where('retires_at', '>', created_at).execute()
        await before.set({ retires_at }).where('retires_at', 'is', null).execute()
        await trx.insertInto('webhook_secrets').values(secret).execute()
      })
    },
  }
}
