import { rfc3339, type SessionListAnswer, type SessionsEndedAnswer } from '@valetkey/protocol'
import { type Acting, audited } from '../audited.ts'
import type { Deps } from '../deps.ts'
import type { Account } from '../domain/account.ts'
import { sessionId } from '../domain/session.ts'
import { newToken, tokenHash } from '../ids.ts'
import { refuse } from '../refusals.ts'
import type { Visitor } from './account-kinds.ts'

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
  { kind, caller: { network, user_agent } }: Visitor,
  { id: account_id, password_hash }: Account,
  { rememberForOneWeek = false } = {},
): Promise<NewSession | undefined> {
  const token = newToken(deps)
  const created_at = deps.clock.now()
  const ttl_seconds = rememberForOneWeek ? weekSeconds : deps.settings.session_ttl
  const expires_at = created_at + ttl_seconds
  const lasts = { created_at, expires_at, ttl_seconds }
  const session = { token_hash: tokenHash(token), kind, account_id, ...lasts, network, user_agent }
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

/** Where the account is signed in, newest first, and which of them is asking. */
export async function listSessions(
  { store, clock }: Pick<Deps, 'store' | 'clock'>,
  { kind, account, session: own }: Acting,
): Promise<SessionListAnswer> {
  const sessions = await store.sessions.list(kind, account.id, clock.now())
  return {
    sessions: sessions.map((session) => ({
      id: sessionId(session),
      created_at: rfc3339(session.created_at),
      expires_at: rfc3339(session.expires_at),
      network: session.network,
      user_agent: session.user_agent,
      current: session.token_hash === own.token_hash,
    })),
  }
}

/** Ends one session of the account, by the id that the list shows. Of somebody else looks like none. @refuses session_not_found */
export async function endSession(deps: Deps, by: Acting, id: string): Promise<void> {
  const { kind, account } = by
  await audited(deps, by, `${kind}.session_ended`, account.id, async () => {
    if (!(await deps.store.sessions.endOne(kind, account.id, id))) throw refuse('session_not_found')
  })
}

/** Signs out everywhere, here too. */
export async function signOutEverywhere(deps: Deps, by: Acting): Promise<SessionsEndedAnswer> {
  const { kind, account } = by
  const ended = await audited(deps, by, `${kind}.signed_out_everywhere`, account.id, () =>
    deps.store.sessions.endAll(kind, account.id),
  )
  return { ended }
}
