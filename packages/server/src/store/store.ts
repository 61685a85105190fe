import type { Account, AccountKind, AccountState } from '../domain/account.ts'
import type { ApiKeyRecord } from '../domain/api-key-record.ts'
import type { ChainAnchor, ChainedEvent, ChainPlace } from '../domain/audit-chain.ts'
import type { AuditEvent } from '../domain/audit-event.ts'
import type { AuthorizationCode } from '../domain/authorization-code.ts'
import type {
  AuthorizationRequest,
  AuthorizationRequestState,
  Decision,
} from '../domain/authorization-request.ts'
import type { Client, ClientSecret, ClientState } from '../domain/client.ts'
import type { DeviceCode } from '../domain/device-code.ts'
import type { Grant, RevokedBy } from '../domain/grant.ts'
import type { MailToken } from '../domain/mail-token.ts'
import type { Project } from '../domain/project.ts'
import type { PushedRequest } from '../domain/pushed-request.ts'
import type { RefreshFamily, RefreshToken } from '../domain/refresh-token.ts'
import type { SealedText, SealPurpose } from '../domain/sealed-text.ts'
import type { Session } from '../domain/session.ts'
import type { TokenRequest } from '../domain/token-request.ts'
import type { Administration } from './administration.ts'
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
   * Removes at most `bite` rows per table that no longer mean anything; returns how many. Less than a bite: all are gone, or another server is at it. Then it
   * goes on with deletions, suspensions and ends of access that broke off; of each that fails again `failed` hears why.
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
}

export interface Accounts {
  /** False when the address is taken by an account that is not deleted. */
  add(account: Account): Promise<boolean>
  /** By normalized address; deleted accounts are not found. */
  findByEmail(email: string): Promise<Account | undefined>
  find(id: string): Promise<Account | undefined>
  rename(id: string, full_name: string): Promise<void>
  /** Another address; what was mailed to the old one opens nothing any more. False, and nothing changed, when it is taken. */
  readdress(id: string, email: string): Promise<boolean>
  /** Changes the password and ends all sessions and outstanding reset tokens of the account, in one transaction. */
  setPassword(id: string, password_hash: string): Promise<void>
  /** Mail to this address reached the owner of the account. Nothing changes when it has another address by now. */
  prove(account: Pick<Account, 'id' | 'email'>, now: number): Promise<void>
  /** Deletes an account whose address was not proven. False, and nothing changed, once it was, or when clients are its. */
  dropUnverified(id: string): Promise<boolean>
  setState(id: string, state: AccountState): Promise<void>
  /** Its address is proven: `unverified` and `invited` become `active`. False, and nothing changed, for any other. */
  open(id: string): Promise<boolean>
}

export interface Sessions {
  /**
   * Adds it if the account is active and still has this password. A change of the password at the same time comes before, and this
   * answers false and adds nothing, or after, and ends the session with the others.
   */
  add(session: Session, password_hash: string): Promise<boolean>
  /** The unexpired session with its active account, in one query. */
  find(
    token_hash: string,
    kind: AccountKind,
    now: number,
  ): Promise<{ session: Session; account: Account } | undefined>
  /** The unexpired sessions of one account, newest first. */
  list(kind: AccountKind, account_id: string, now: number): Promise<readonly Session[]>
  extend(token_hash: string, expires_at: number): Promise<void>
  end(token_hash: string): Promise<void>
  /** Ends the session of this account with this `sessionId`. False when it has none. */
  endOne(kind: AccountKind, account_id: string, id: string): Promise<boolean>
  /** Ends every session of the account; returns how many. */
  endAll(kind: AccountKind, account_id: string): Promise<number>
}

export interface MailTokens {
  add(token: MailToken): Promise<void>
  find(
    token_hash: string,
    purpose: MailToken['purpose'],
    kind: AccountKind,
    now: number,
  ): Promise<MailToken | undefined>
  /** Removes and returns it: of many who take one token at once, one gets it. */
  take(
    token_hash: string,
    purpose: MailToken['purpose'],
    kind: AccountKind,
    now: number,
  ): Promise<MailToken | undefined>
}

export interface Projects {
  /** False when its user is not active any more. */
  add(project: Project): Promise<boolean>
  find(id: string): Promise<Project | undefined>
  /** Oldest first. */
  list(user_id: string): Promise<readonly Project[]>
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
   * finished by repeating it, by the next `sweep`, or before it is `active` again. A suspended client stays suspended, and is `inactive` after that. False, and nothing
   * changed, when there is no such client, or a suspended one is to be `active`.
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

export interface AuthorizationRequests {
  /** False when its user is not active any more: suspended, or being deleted. */
  add(request: AuthorizationRequest): Promise<boolean>
  /** As it stands at `now`: one that nobody decided in time reads as expired. */
  find(id: string, now: number): Promise<AuthorizationRequest | undefined>
  /**
   * The newest request of this client that was begun with this challenge, if it is among the client's newest 1,000. As
   * its row says: one that nobody decided in time still waits.
   */
  withChallenge(client_id: string, code_challenge: string): Promise<AuthorizationRequest | undefined>
  /** Whether a request of this client with this challenge was approved since then (epoch seconds). */
  challengeUsed(client_id: string, code_challenge: string, since: number): Promise<boolean>
  /**
   * Records the decision if the request still waits, is not expired and is this user's, together with the code of an
   * approval, in one transaction. False when somebody else decided first, the window closed, or what would be approved
   * belongs to a client that is not active any more.
   */
  decide(
    id: string,
    user_id: string,
    decision: Decision,
    code: AuthorizationCode | undefined,
    now: number,
  ): Promise<boolean>
  /** The scopes of each active grant of this user to this client, oldest first. */
  currentScopes(user_id: string, client_id: string, now: number): Promise<readonly (readonly string[])[]>
  /** What one user's requests of one client were, newest first. */
  history(
    user_id: string,
    client_id: string,
    now: number,
  ): Promise<readonly (AuthorizationRequest & { client_name: string })[]>
  /** What all clients of one developer asked, newest first, deleted clients included. */
  log(filter: AccessLogFilter): Promise<{ entries: readonly AccessLogEntry[]; total: number }>
  /** How they stand, in numbers. An expired request counts as rejected. */
  statistics(
    filter: Omit<AccessLogFilter, 'limit' | 'offset'>,
  ): Promise<{ total: number; approved: number; pending: number; rejected: number }>
  /** The same for each day on which anything was asked, oldest first. */
  timeline(filter: Omit<AccessLogFilter, 'limit' | 'offset'>): Promise<readonly AccessLogDay[]>
}

export interface AccessLogDay {
  /** Days of UTC since 1970-01-01. */
  readonly day: number
  readonly approved: number
  readonly pending: number
  /** Expired ones as well. */
  readonly rejected: number
}

export interface AccessLogFilter {
  readonly developer_id: string
  readonly client_id?: string | undefined
  readonly states?: readonly AuthorizationRequestState[] | undefined
  /** Epoch seconds, inclusive. */
  readonly from?: number | undefined
  readonly to?: number | undefined
  /** Undefined: all. */
  readonly limit?: number | undefined
  readonly offset?: number | undefined
  /** Epoch seconds: what decides between waiting and expired. */
  readonly now: number
}

export interface AccessLogEntry extends AuthorizationRequest {
  readonly client_name: string
  readonly code_expires_at: number | null
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

export interface ApiKeys {
  /** By head (hex), with the state of its grant: revoked keys are found and say so. */
  findByHead(head: string): Promise<ApiKeyRecord | undefined>
  /** The same with its grant, in one statement. */
  withGrant(head: string): Promise<{ api_key: ApiKeyRecord; grant: Grant } | undefined>
}

/** Authorization requests that came before their user. */
export interface PushedRequests {
  add(request: PushedRequest): Promise<void>
  /** An unexpired one of this client. Opened for the first time, it lives on until `opened_until` (epoch seconds). */
  open(
    request_uri_hash: string,
    client_id: string,
    now: number,
    opened_until: number,
  ): Promise<PushedRequest | undefined>
  /** Removes and returns it: of many who take one at once, one gets it. */
  take(request_uri_hash: string, client_id: string, now: number): Promise<PushedRequest | undefined>
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

/**
 * The traces, each in a room: its client's, and there the one of those who proved to be that client or the one of
 * everybody else. A room is trimmed by itself, so that nothing in one pushes out anything in another.
 */
export interface Traces {
  /** Ignores a trace_id that is there already. */
  addMany(traces: readonly FiledTokenRequest[]): Promise<void>
  /** Not the one that is from before `since` (epoch seconds). */
  find(trace_id: string, since?: number): Promise<FiledTokenRequest | undefined>
  /** Newest first, at most `limit`; `after` goes on where an earlier list ended. */
  list(
    filter: TraceFilter,
    page: { readonly limit: number; readonly after?: TracePlace | undefined },
  ): Promise<readonly FiledTokenRequest[]>
  /**
   * Of the newest `limit` traces since then, whoever's, those of these developers' clients, in no order. Its cost does
   * not grow with the number of clients.
   */
  newest(developer_ids: readonly string[], since: number, limit: number): Promise<readonly TraceOfDeveloper[]>
  /** Those that are there, whole, in no order. */
  findMany(trace_ids: readonly string[]): Promise<readonly FiledTokenRequest[]>
  /** Deletes all but the newest `keep` of one room, in bites. */
  trim(filed_under: string, authenticated: boolean, keep: number): Promise<void>
  /** Adds to what was counted before, in one transaction. */
  count(counts: readonly TraceCount[]): Promise<void>
  /** The requests of all networks in the hours that end after `since` (epoch seconds), most frequent reason first. */
  counts(
    filed_under: string,
    since: number,
  ): Promise<readonly { readonly reason: string; readonly requests: number }[]>
}

export interface FiledTokenRequest extends TokenRequest {
  /** What the request named, when a client has or, deleted since, had this `client_id`; otherwise empty. */
  readonly filed_under: string
}

export interface TraceFilter {
  readonly filed_under: readonly string[]
  readonly outcome?: TokenRequest['outcome'] | undefined
  readonly reason?: string | undefined
  /** Epoch seconds, inclusive. */
  readonly from?: number | undefined
  readonly to?: number | undefined
  /** Epoch seconds, inclusive: what is older counts as gone, swept or not. */
  readonly since: number
}

/** A place in the order of traces, which traces that come later do not move. */
export type TracePlace = Pick<TokenRequest, 'at' | 'trace_id'>

/** Where a trace is, and whose client it is filed under, deleted ones included. */
export interface TraceOfDeveloper extends TracePlace {
  readonly developer_id: string
}

/** How many token requests of one client ended in one way within one hour. */
export interface TraceCount {
  /** As in `FiledTokenRequest`. */
  readonly filed_under: string
  /** Epoch seconds at which the hour begins. */
  readonly hour: number
  /** Empty when granted. */
  readonly reason: string
  /** Where they came from. */
  readonly network: string
  readonly requests: number
}

export interface AuditEvents {
  /** Adds them and gives each its place in the chain, in one transaction, in turn with other servers. */
  addMany(events: readonly AuditEvent[]): Promise<void>
  /** What is about one user, newest first, at most `limit` of it; `after` goes on where an earlier list ended. */
  log(
    filter: AuditFilter,
    page: { readonly limit: number; readonly after?: AuditPlace | undefined },
  ): Promise<readonly AuditEntry[]>
  count(filter: AuditFilter): Promise<number>
  /** The chain they are in. */
  readonly chain: AuditChain
}

export interface AuditChain {
  /** Where it ends; `chainStart` when there never was an event. */
  head(): Promise<ChainPlace>
  /** Where it begins: what was there before this place was removed for its age. undefined when nothing was. */
  anchor(): Promise<ChainAnchor | undefined>
  /** The events behind this place, in the order of the chain, at most `limit`. */
  read(after: number, limit: number): Promise<readonly ChainedEvent[]>
  /** The shortest stretch that holds every event of this time (epoch seconds, inclusive); undefined when there is none. */
  stretch(from: number, to: number): Promise<{ readonly first: number; readonly last: number } | undefined>
  /** How many events have no place yet: written by a server of the version before. */
  waiting(): Promise<number>
  /** Gives the oldest `limit` of those their places; returns how many. Less than `limit`: none is left. */
  chainWaiting(limit: number): Promise<number>
  /**
   * Removes the events from the beginning of the chain up to the first that is not older than `before` (epoch seconds),
   * at most `limit`, keeps their last place as the anchor, and adds an event that tells of it. Returns how many.
   */
  removeOlder(before: number, limit: number, told: Removal): Promise<number>
}

/** The event of a removal, but for what it is about: up to where, which only the database knows. */
export type Removal = Pick<AuditEvent, 'id' | 'at' | 'trace_id'>

export interface AuditFilter {
  readonly user_id: string
  readonly actions?: readonly string[] | undefined
  readonly outcome?: AuditEvent['outcome'] | undefined
  /** Events with this text in a name, a resource or a network, and those of a kind that is named here. */
  readonly search?:
    | { readonly text: string; readonly kinds: readonly Pick<AuditEvent, 'action' | 'outcome'>[] }
    | undefined
  /** Epoch seconds, inclusive. */
  readonly from?: number | undefined
  readonly to?: number | undefined
}

/** A place in the order of events, which events that come later do not move. */
export type AuditPlace = Pick<AuditEvent, 'at' | 'id'>

export interface AuditEntry extends AuditEvent {
  /** The name of the client that acted. */
  readonly actor_name: string | null
  /** The name of the client whose request or access it was done to. */
  readonly app_name: string | null
}

export interface Limits {
  /**
   * Counts one hit under `key` in a window of `windowSeconds` that begins with its first hit, in one statement.
   * Returns how many hits the window holds now and when it ends (epoch seconds).
   */
  hit(key: string, windowSeconds: number, now: number): Promise<{ hits: number; resets_at: number }>
  /**
   * Counts many hits of many keys at once, each as `hit` does. Returns the windows in the order of the counts.
   * No key stands twice among them.
   */
  addMany(
    counts: readonly { readonly key: string; readonly hits: number; readonly windowSeconds: number }[],
    now: number,
  ): Promise<readonly { hits: number; resets_at: number }[]>
  /** Looks without counting; undefined when there is no open window. */
  peek(key: string, now: number): Promise<{ hits: number; resets_at: number } | undefined>
  /** Takes one hit back, if there is one. */
  giveBack(key: string): Promise<void>
  forget(key: string): Promise<void>
}

/** What was sealed under the master key, as a rotation of that key goes through it. */
export interface SealedTexts {
  readonly purposes: readonly SealPurpose[]
  /** The first and the last of each purpose: a rotation that is under way is between the two. */
  ends(): Promise<readonly SealedText[]>
  /** Those whose row comes after `after`, in the order of ids, at most `limit`. */
  read(purpose: SealPurpose, after: string, limit: number): Promise<readonly SealedText[]>
  /**
   * Replaces texts that are still as they were read, and leaves out rows that somebody else holds: it waits for nobody.
   * Returns how many.
   */
  replace(
    purpose: SealPurpose,
    changes: readonly { readonly row_id: string; readonly from: string; readonly to: string }[],
  ): Promise<number>
}
