import type { RestoredEnds } from '../store.ts'
import type { Engine } from './engine.ts'
import { revokedCode } from './rows.ts'

export function settleRestored({ db }: Engine, now: number): Promise<RestoredEnds> {
  return db.transaction().execute(async (trx) => {
    const codes = await trx
      .updateTable('authorization_codes')
      .set(revokedCode(now))
      .where('spent_at', 'is', null)
      .where('revoked_at', 'is', null)
      .executeTakeFirst()
    const sessions = await trx.deleteFrom('sessions').executeTakeFirst()
    const mailTokens = await trx.deleteFrom('mail_tokens').executeTakeFirst()
    const pushed = await trx.deleteFrom('pushed_requests').executeTakeFirst()
    return {
      codes: Number(codes.numUpdatedRows),
      sessions: Number(sessions.numDeletedRows),
      mail_tokens: Number(mailTokens.numDeletedRows),
      pushed_requests: Number(pushed.numDeletedRows),
    }
  })
}
