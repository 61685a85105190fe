import { sql } from 'kysely'
import type { DeviceCode } from '../../domain/device-code.ts'
import type { DeviceCodes } from '../devices.ts'
import { deviceColumns } from '../schema.ts'
import { addForActiveUser } from './active-user.ts'
import type { Engine } from './engine.ts'
import { deviceOf, deviceRow, partOf, prefixed, requestRow, stateAt } from './rows.ts'

export function devices({ db, locks }: Engine): DeviceCodes {
  return {
    // The place of an expired device with this user code is free, swept or not.
    async add(device) {
      const { numInsertedOrUpdatedRows = 0n } = await db
        .insertInto('device_codes')
        .values(deviceRow(device))
        .onConflict((conflict) =>
          conflict
            .column('user_code_hash')
            .doUpdateSet((eb) =>
              Object.fromEntries(deviceColumns.map((name) => [name, eb.ref(`excluded.${name}`)])),
            )
            .whereRef('device_codes.expires_at', '<=', 'excluded.created_at'),
        )
        .executeTakeFirstOrThrow()
      return numInsertedOrUpdatedRows === 1n
    },

    async findByUserCode(user_code_hash, now) {
      const row = await db
        .selectFrom('device_codes')
        .selectAll()
        .where('user_code_hash', '=', user_code_hash)
        .where('expires_at', '>', now)
        .executeTakeFirst()
      return row && deviceOf(row)
    },

    async find(device_code_hash) {
      const found = db.selectFrom('device_codes').selectAll().where('device_code_hash', '=', device_code_hash)
      const row = await found.executeTakeFirst()
      return row && deviceOf(row)
    },

    claim(device_code_hash, request, now) {
      return db.transaction().execute(async (trx) => {
        const device = await trx
          .selectFrom('device_codes')
          .select('request_id')
          .where('device_code_hash', '=', device_code_hash)
          .where('expires_at', '>', now)
          .modifyEnd(locks.own)
          .executeTakeFirst()
        if (device === undefined) return false
        if (device.request_id !== null) {
          // Shared, for a decision may be under way that came in time.
          const bound = await trx
            .selectFrom('authorization_requests')
            .select(['state', 'expires_at'])
            .where('id', '=', device.request_id)
            .modifyEnd(locks.share)
            .executeTakeFirst()
          if (bound !== undefined && stateAt(bound, now) !== 'expired') return false
        }
        if (!(await addForActiveUser(trx, locks, 'authorization_requests', requestRow(request)))) return false
        await trx
          .updateTable('device_codes')
          .set({ request_id: request.id })
          .where('device_code_hash', '=', device_code_hash)
          .execute()
        return true
      })
    },

    async poll(device_code_hash, client_id, now) {
      const early = sql`last_polled_at is not null and ${now} - last_polled_at < interval_seconds`
      const row = await db
        .updateTable('device_codes')
        .set({
          last_polled_at: now,
          too_fast: sql<number>`case when ${early} then 1 else 0 end`,
          interval_seconds: sql<number>`case when ${early} then interval_seconds + 5 else interval_seconds end`,
        })
        .where('device_code_hash', '=', device_code_hash)
        .where('client_id', '=', client_id)
        .returning(prefixed('device_codes', deviceColumns, 'device'))
        .returning((eb) => {
          const bound = eb
            .selectFrom('authorization_requests as request')
            .whereRef('request.id', '=', 'device_codes.request_id')
          return [
            bound.select('request.state').as('request_state'),
            bound.select('request.expires_at').as('request_expires_at'),
          ]
        })
        .executeTakeFirst()
      const device = row && deviceIn(row)
      if (row === undefined || device === undefined) return undefined
      const { request_state: state, request_expires_at: expires_at } = row
      const bound = state !== null && expires_at !== null
      return {
        device: deviceOf(device),
        request_state: bound ? stateAt({ state, expires_at }, now) : undefined,
      }
    },
  }
}

const deviceIn = partOf<DeviceCode>(deviceColumns, 'device')
