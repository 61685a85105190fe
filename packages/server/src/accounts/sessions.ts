import type { Caller, Deps } from '../deps.ts'
import type { AccountKind } from '../domain/account.ts'
import type { Session } from '../domain/session.ts'
import { newToken, tokenHash } from '../ids.ts'
import { auditSuccess } from './account-kinds.ts'

const weekSeconds = 7 * 24 * 3600
/** However often it is refreshed, after this long a session needs the password again. */
const longestSessionSeconds = 30 * 24 * 3600

/** What leaves at a sign-in, once. */
export interface NewSession {
  readonly token: string
  /** Epoch seconds. */
  readonly expires_at: number
}

export async function startSession(
  deps: Pick<Deps, 'store' | 'clock' | 'random' | 'settings'>,
  kind: AccountKind,
  account_id: string,
  { rememberForOneWeek = false } = {},
): Promise<NewSession> {
  const token = newToken(deps)
  const created_at = deps.clock.now()
  const ttl_seconds = rememberForOneWeek ? weekSeconds : deps.settings.session_ttl
  const expires_at = created_at + ttl_seconds
  await deps.store.sessions.add({
    token_hash: tokenHash(token),
    kind,
    account_id,
    created_at,
    expires_at,
    ttl_seconds,
  })
  return { token, expires_at }
}

/** Prolongs the session by its own lifetime, a remembered week included, and returns its new end. */
export async function refreshSession(deps: Pick<Deps, 'store' | 'clock'>, session: Session): Promise<number> {
  const expires_at = Math.min(
    deps.clock.now() + session.ttl_seconds,
    session.created_at + longestSessionSeconds,
  )
  await deps.store.sessions.extend(session.token_hash, expires_at)
  return expires_at
}

/** The token means nothing from now on. */
export async function signOut(
  deps: Deps,
  caller: Caller,
  { kind, account_id, token_hash }: Session,
): Promise<void> {
  await deps.store.sessions.end(token_hash)
  auditSuccess(deps, kind, caller, 'signed_out', account_id)
}
