import { type AccountAnswer, rfc3339, type SessionAnswer } from '@valetkey/protocol'
import type { Account, AccountState } from '../domain/account.ts'
import type { NewSession } from './sessions.ts'

/** The numbers StorX clients know account states by. */
const statusNumbers: Record<AccountState, number> = { unverified: 0, disabled: 0, active: 1, deleted: 2 }

export function asAccountAnswer(account: Account): AccountAnswer {
  return {
    id: account.id,
    fullName: account.full_name,
    email: account.email,
    companyName: account.company_name,
    createdAt: rfc3339(account.created_at),
    pendingVerification: account.state === 'unverified',
    status: statusNumbers[account.state],
  }
}

export function asSessionAnswer({ token, expires_at }: NewSession): SessionAnswer {
  return { expiresAt: rfc3339(expires_at), token }
}
