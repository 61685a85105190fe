import { type Acting, audited } from '../audit.ts'
import type { Deps } from '../deps.ts'
import type { Account, AccountKind } from '../domain/account.ts'
import { newToken, tokenHash } from '../ids.ts'

const weekSeconds = 7 * 24 * 3600
/** However often it is refreshed, after this long a session needs the password again. */
const longestSessionSeconds = 30 * 24 * 3600

/** What leaves at a sign-in, once. */
export interface NewSession {
  readonly token: string
  /** Epoch seconds. */
  readonly expires_at: number
}

/** Signs in whoever proved to own the account as it was read. Undefined when its password has changed since. */
export async function startSession(
  deps: Pick<Deps, 'store' | 'clock' | 'random' | 'settings'>,
  kind: AccountKind,
  { id: account_id, password_hash }: Account,
  { rememberForOneWeek = false } = {},
): Promise<NewSession | undefined> {
  const token = newToken(deps)
  const created_at = deps.clock.now()
  const ttl_seconds = rememberForOneWeek ? weekSeconds : deps.settings.session_ttl
  const expires_at = created_at + ttl_seconds
  const session = { token_hash: tokenHash(token), kind, account_id, created_at, expires_at, ttl_seconds }
  return (await deps.store.sessions.add(session, password_hash)) ? { token, expires_at } : undefined
}

/** Prolongs the session by its own lifetime, a remembered week included, and returns its new end. */
export async function refreshSession(
  { store, clock }: Pick<Deps, 'store' | 'clock'>,
  { session }: Acting,
): Promise<number> {
  const { token_hash, ttl_seconds, created_at } = session
  const expires_at = Math.min(clock.now() + ttl_seconds, created_at + longestSessionSeconds)
  await store.sessions.extend(token_hash, expires_at)
  return expires_at
}

/** The token means nothing from now on. */
export async function signOut(deps: Deps, by: Acting): Promise<void> {
  const { kind, account, session } = by
  await audited(deps, by, `${kind}.signed_out`, account.id, () => deps.store.sessions.end(session.token_hash))
}
