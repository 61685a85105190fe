import { type AccountAnswer, rfc3339, type SessionAnswer } from '@valetkey/protocol'
import type { Account, AccountState } from '../domain/account.ts'
import type { NewSession } from './sessions.ts'

/** The numbers StorX clients know account states by. */
export const statusNumbers = {
  unverified: 0,
  suspended: 0,
  active: 1,
  deleted: 2,
  closing: 3,
  invited: 6,
} as const satisfies Record<AccountState, number>

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
