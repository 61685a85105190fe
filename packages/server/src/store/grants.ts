import type { Account } from '../domain/account.ts'
import type { ApiKeyRecord } from '../domain/api-key-record.ts'
import type { Client } from '../domain/client.ts'
import type { Grant, RevokedBy } from '../domain/grant.ts'

/** One app as its user sees it. */
export interface ConnectedApp {
  readonly client: Pick<Client, 'client_id' | 'name' | 'description' | 'state'>
  readonly developer: Pick<Account, 'id' | 'full_name' | 'email'>
  /** All grants of this client that are active and not past their end, newest first, at least one. */
  readonly grants: readonly [Grant, ...Grant[]]
  readonly rejected_scopes: readonly string[]
  /** How many authorization requests this client made of this user. */
  readonly total_requests: number
}

/** One app that a user let in once, and that holds nothing any more. */
export interface EndedApp extends Pick<ConnectedApp, 'client' | 'developer'> {
  /** The grant that ended last. */
  readonly grant: Grant
}

/** What users let clients have, and what became of it. */
export interface Grants {
  find(id: string): Promise<Grant | undefined>
  /** One row per client that holds access now, newest first. */
  connectedApps(user_id: string, now: number): Promise<readonly ConnectedApp[]>
  /** One row per client that held access and holds none now, the one that lost it last first, at most `limit`. */
  endedApps(user_id: string, now: number, limit: number): Promise<readonly EndedApp[]>
  /** Ends one grant, its API keys and its refresh tokens, in one transaction. False when it had ended already. */
  revoke(grant_id: string, by: RevokedBy, now: number): Promise<boolean>
  /** Ends all that this client holds of this user: unspent codes first, then grants, then API keys. Returns how many grants and codes ended. */
  revokeClientOfUser(user_id: string, client_id: string, now: number): Promise<number>
}

/** The keys that grants gave out. */
export interface ApiKeys {
  /** By head (hex), with the state of its grant: revoked keys are found and say so. */
  findByHead(head: string): Promise<ApiKeyRecord | undefined>
  /** The same with its grant, in one statement. */
  withGrant(head: string): Promise<{ api_key: ApiKeyRecord; grant: Grant } | undefined>
}
