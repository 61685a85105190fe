import type { ApiKeyRecord } from '../domain/api-key-record.ts'
import type { AuthorizationCode } from '../domain/authorization-code.ts'
import type { AuthorizationRequest, AuthorizationRequestState } from '../domain/authorization-request.ts'
import type { Client, ClientSecret, ClientState } from '../domain/client.ts'
import type { DeviceCode } from '../domain/device-code.ts'
import type { Grant, RevokedBy } from '../domain/grant.ts'
import type { Project } from '../domain/project.ts'
import type { RefreshFamily, RefreshToken } from '../domain/refresh-token.ts'
import type { Accounts, MailTokens, Projects, Sessions } from './accounts.ts'
import type { Administration } from './administration.ts'
import type { AuditEvents } from './audit.ts'
import type { ApiKeys, Grants } from './grants.ts'
import type { Limits } from './limits.ts'
import type { AuthorizationRequests, PushedRequests } from './requests.ts'
import type { SealedTexts } from './sealed-texts.ts'
import type { Traces } from './traces.ts'
import type { Webhooks } from './webhooks.ts'

/**
 * The port to the database: facts in, facts out, named for what they mean.
 *
 * What must happen once happens in one statement or one transaction. Every method may throw
 * `StoreUnavailable` when the database is away; nothing is half done then.
 */
export interface Store {
  readonly developers: Accounts
  readonly users: Accounts
  readonly sessions: Sessions
  readonly mailTokens: MailTokens
  readonly projects: Projects
  readonly clients: Clients
  readonly requests: AuthorizationRequests
  readonly codes: AuthorizationCodes
  readonly grants: Grants
  readonly apiKeys: ApiKeys
  readonly pushedRequests: PushedRequests
  readonly devices: DeviceCodes
  readonly refreshTokens: RefreshTokens
  readonly replays: Replays
  readonly traces: Traces
  readonly audit: AuditEvents
  readonly limits: Limits
  readonly sealed: SealedTexts
  readonly administration: Administration
  readonly webhooks: Webhooks
  /** Resolves when the database answers and its schema has all that this program expects. */
  ready(): Promise<void>
  /**
   * Removes at most `bite` rows per table that no longer mean anything; returns how many. Less than a bite: all are gone,
   * or another server is at it. Then it goes on with deletions, suspensions and ends of access that broke off; of each
   * that fails again `failed` hears why.
   */
  sweep(now: number, bite?: number, failed?: (cause: unknown) => void): Promise<number>
  /**
   * Ends, in one transaction, what may have been used up after the backup that this database was restored from: unspent
   * codes, sessions, mailed tokens and pushed requests. Returns how many.
   */
  settleRestored(now: number): Promise<RestoredEnds>
  close(): Promise<void>
}

export interface RestoredEnds {
  readonly codes: number
  readonly sessions: number
  readonly mail_tokens: number
  readonly pushed_requests: number
}

/** The database cannot be reached, or did not answer in time. */
export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable'
}

/** Who looks at a store from inside. */
export interface StoreWatch {
  /** Begins to look at a pool of connections: what `load` says is how it stands whenever it is asked. */
  looksAt(load: () => { readonly in_use: number; readonly idle: number; readonly waiting: number }): void
  /** So many redemptions go into one commit. */
  grouped(redemptions: number): void
  /** A group that ought to go together failed as a whole, and each of it is run alone: slower, and perhaps a bug. */
  ungrouped(cause: unknown): void
}

/** What a client's developer may change. */
export type ClientChange = Pick<
  Client,
  | 'name'
  | 'description'
  | 'redirect_uris'
  | 'scopes'
  | 'storx_profile'
  | 'grant_types'
  | 'application_type'
  | 'jwks'
  | 'jwks_uri'
  | 'require_pushed_authorization_requests'
>

export interface Clients {
  /**
   * The client and, where it has one, its first secret, in one transaction. False, and nothing added, when its developer
   * is suspended, or gone.
   */
  add(client: Client, secret: ClientSecret | undefined): Promise<boolean>
  /** What it takes to know a client by its proof, in one statement that is the same for every input; not the deleted ones. */
  toAuthenticate(client_id: string, now: number): Promise<Pick<Redeemable, 'client' | 'secrets'>>
  /** By row id; not the deleted ones. */
  find(id: string): Promise<Client | undefined>
  /** By `client_id`; not the deleted ones. */
  findByClientId(client_id: string): Promise<Client | undefined>
  /** Oldest first; not the deleted ones. */
  list(developer_id: string): Promise<readonly Client[]>
  /** Oldest first, with the deleted ones. */
  everOf(developer_id: string): Promise<readonly Client[]>
  /** Those of these `client_id`s that a client has or, deleted since, had. */
  known(client_ids: readonly string[]): Promise<ReadonlySet<string>>
  /**
   * Applies `change` to the client as it is in the database at that moment, in one transaction (concurrent changes
   * queue up, none is lost). Undefined when there is no such client.
   */
  update(
    id: string,
    change: (client: Client) => Partial<ClientChange>,
    now: number,
  ): Promise<Client | undefined>
  /**
   * Sets the state that its developer decides. `inactive` and `deleted` end every access of the client: no proof of it
   * counts any more and unspent codes are revoked first, in one transaction (the row that redeeming locks), then grants
   * and API keys in bites, so that no redemption slips between. Until that is done it is `inactive`; what breaks off is
   * finished by repeating it, by the next `sweep`, or before it is `active` again. A suspended client stays suspended, and
   * is `inactive` after that. False, and nothing changed, when there is no such client, or a suspended one is to be
   * `active`.
   */
  setState(
    id: string,
    state: Exclude<ClientState, 'suspended'>,
    now: number,
    by?: RevokedBy,
  ): Promise<boolean>
  /** Newest first, retired ones included. */
  secrets(id: string): Promise<readonly ClientSecret[]>
  /** The secret made last, whoever's: enough to see whether the master key is the right one. */
  newestSecret(): Promise<ClientSecret | undefined>
  /**
   * Adds the new secret and lets every current one retire at `retires_at`, in one transaction; never prolongs one. Of
   * those that verify nothing any more the newest `keptRetiredSecrets` stay, to explain a signature made with them.
   * False, and nothing changed, when more than `maxUsableSecrets` would work at once.
   */
  rotate(secret: ClientSecret, retires_at: number, retired_by: string): Promise<boolean>
  /**
   * Lets a secret of this client that a newer one has replaced retire at `now`, in turn with rotations; one that retired
   * before stays as it is. `newest`, and nothing changed, for the one in its place; `unknown` when the client has no
   * such secret.
   */
  retireSecret(
    id: string,
    secret_id: string,
    retired_by: string,
    now: number,
  ): Promise<'retired' | 'newest' | 'unknown'>
  noteSecretsUsed(uses: readonly { secret_id: string; at: number }[]): Promise<void>
}

/** Everything a token request must know, read together in one round trip. */
export interface Redeemable {
  readonly client: Client | undefined
  /** The secrets of the client that verify something now, newest first, at most `maxUsableSecrets`. */
  readonly secrets: readonly ClientSecret[]
  /** The code with this hash, whoever it was issued to. */
  readonly code: AuthorizationCode | undefined
  /** Undefined when it is gone, or its user is, or is not active. */
  readonly project: Project | undefined
}

export interface Redemption {
  readonly code_id: string
  /** Epoch seconds. */
  readonly now: number
  readonly grant: Grant
  readonly api_key: ApiKeyRecord
  /** The family that begins with it, where the client may refresh its access, and its first token. */
  readonly refresh?: { readonly family: RefreshFamily; readonly token: RefreshToken } | undefined
}

export interface AuthorizationCodes {
  /** Deleted clients are not found; the statement is the same for every input. */
  read(client_id: string, code_hash: string, now: number): Promise<Redeemable>
  /**
   * Spends the code and records the grant and its API key in one transaction, durable when it resolves. False when the
   * code was spent, revoked or expired in the meantime; then nothing is recorded.
   */
  redeem(redemption: Redemption): Promise<boolean>
  /** Makes an unspent code worthless. */
  burn(code_id: string, now: number): Promise<void>
}

/** A device as its poll finds it. */
export interface PolledDevice {
  /** As it is after this poll: `too_fast` says whether it came too fast, and then the interval has grown by 5. */
  readonly device: DeviceCode
  /** Of the request that a user made for it, as it stands now. */
  readonly request_state: AuthorizationRequestState | undefined
}

export interface DeviceCodes {
  /** False when another device that still waits has this user code. */
  add(device: DeviceCode): Promise<boolean>
  /** By the keyed hash of its user code; not the expired ones. */
  findByUserCode(user_code_hash: string, now: number): Promise<DeviceCode | undefined>
  find(device_code_hash: string): Promise<DeviceCode | undefined>
  /**
   * Adds the request of the user who entered the code, and binds the device to it, in one transaction. False, and nothing
   * added, when the device expired, or is bound to a request that waits or was decided.
   */
  claim(device_code_hash: string, request: AuthorizationRequest, now: number): Promise<boolean>
  /** Notes one poll of this client, in one statement; expired devices are found and say so. */
  poll(device_code_hash: string, client_id: string, now: number): Promise<PolledDevice | undefined>
}

/** Everything a refresh must know. */
export interface Refreshable {
  readonly token: RefreshToken
  readonly family: RefreshFamily
  readonly grant: Grant
  readonly api_key: ApiKeyRecord
}

export interface RefreshTokens {
  /** The token with this hash, whoever's, rotated or expired ones as well; none of a user who is not active. */
  read(token_hash: string): Promise<Refreshable | undefined>
  /**
   * Marks the token as rotated and adds its successor, in one transaction, durable when it resolves. False, and nothing
   * done, when it was rotated or expired in the meantime, or its grant has ended. It waits for an end of the grant that is
   * under way, and an end waits for it.
   */
  rotate(token_hash: string, successor: RefreshToken, now: number): Promise<boolean>
}

export interface Replays {
  /** True for the first who shows this `jti` of this client; kept until `expires_at`. */
  mark(client_id: string, jti: string, expires_at: number): Promise<boolean>
  /** Looks without marking: true when somebody showed it. */
  seen(client_id: string, jti: string): Promise<boolean>
}
