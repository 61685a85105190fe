import { sql } from 'kysely'
import type { ApiKeyRecord } from '../../domain/api-key-record.ts'
import type { Grant } from '../../domain/grant.ts'
import type { RefreshFamily, RefreshToken } from '../../domain/refresh-token.ts'
import type { RefreshTokens } from '../refresh-tokens.ts'
import { apiKeyColumns, grantColumns, refreshFamilyColumns, refreshTokenColumns } from '../schema.ts'
import type { Database, Engine } from './engine.ts'
import { prepare, type Slot } from './prepare.ts'
import { familyOf, grantOf, partOf, prefixed } from './rows.ts'

export function refreshTokens({ db, locks, ask }: Engine): RefreshTokens {
  const refreshable = readRefreshable(db)
  return {
    async read(token_hash) {
      const { rows } = await ask(refreshable(token_hash))
      const [row = {}] = rows
      const token = tokenIn(row)
      const family = familyIn(row)
      const grant = grantIn(row)
      const api_key = apiKeyIn(row)
      if (!(token && family && grant && api_key)) return undefined
      return { token, family: familyOf(family), grant: grantOf(grant), api_key }
    },

    // Sharing the grant's row keeps its end from slipping between: one that is under way is waited for, and leaves no
    // living grant to share; one that comes later waits for us. Rotations share it and queue up at the token's row.
    rotate(token_hash, successor, now) {
      const { grant_id } = successor
      return db.transaction().execute(async (trx) => {
        const grant = await trx
          .selectFrom('grants')
          .select('id')
          .where('id', '=', grant_id)
          .where('state', '=', 'active')
          .where('not_after', '>', now)
          .modifyEnd(locks.share)
          .executeTakeFirst()
        if (grant === undefined) return false
        const { numUpdatedRows } = await trx
          .updateTable('refresh_tokens')
          .set({ rotated_at: now })
          .where('token_hash', '=', token_hash)
          .where('grant_id', '=', grant_id)
          .where('rotated_at', 'is', null)
          .where('expires_at', '>', now)
          .executeTakeFirstOrThrow()
        if (numUpdatedRows === 0n) return false
        await trx.insertInto('refresh_tokens').values(successor).execute()
        return true
      })
    },
  }
}

function readRefreshable(db: Database) {
  return prepare((slot: Slot<string>) =>
    db
      .selectFrom('refresh_tokens as token')
      .innerJoin('refresh_families as family', 'family.grant_id', 'token.grant_id')
      .innerJoin('users as user', (join) =>
        join.onRef('user.id', '=', 'family.user_id').on('user.state', '=', sql.lit('active')),
      )
      .innerJoin('grants', 'grants.id', 'token.grant_id')
      .innerJoin('api_keys', 'api_keys.grant_id', 'token.grant_id')
      .select(prefixed('token', refreshTokenColumns, 'token'))
      .select(prefixed('family', refreshFamilyColumns, 'family'))
      .select(prefixed('grants', grantColumns, 'grant'))
      .select(prefixed('api_keys', apiKeyColumns, 'api_key'))
      .where(
        'token.token_hash',
        '=',
        slot((token_hash) => token_hash),
      ),
  )
}

const tokenIn = partOf<RefreshToken>(refreshTokenColumns, 'token')
const familyIn = partOf<RefreshFamily>(refreshFamilyColumns, 'family')
const grantIn = partOf<Grant>(grantColumns, 'grant')
const apiKeyIn = partOf<ApiKeyRecord>(apiKeyColumns, 'api_key')
