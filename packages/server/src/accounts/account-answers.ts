import type { AccountAnswer, SessionAnswer } from '@valetkey/protocol'
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
    createdAt: asTime(account.created_at),
    pendingVerification: account.state === 'unverified',
    status: statusNumbers[account.state],
  }
}

export function asSessionAnswer({ token, expires_at }: NewSession): SessionAnswer {
  return { expiresAt: asTime(expires_at), token }
}

/** Epoch seconds as RFC 3339, in UTC. */
export function asTime(seconds: number): string {
  return new Date(seconds * 1000).toISOString()
}
