import type { Account, AccountKind, AccountState } from '../domain/account.ts'
import type { AuditEvent } from '../domain/audit-event.ts'
import type { AuthorizationRequest } from '../domain/authorization-request.ts'
import type { Client, ClientSecret, ClientState, Suspension } from '../domain/client.ts'
import type { Grant } from '../domain/grant.ts'
import type { Project } from '../domain/project.ts'
import type { Session } from '../domain/session.ts'

/** What the operator of the server sees and does, whoever's it is. */
export interface Administration {
  /** In the order asked for; `total` counts all that match. */
  accounts(
    kind: AccountKind,
    filter: AccountFilter,
    page: AccountPage,
  ): Promise<{ accounts: readonly Account[]; total: number }>
  /** How many there are in each state. */
  accountCounts(kind: AccountKind): Promise<Readonly<Partial<Record<AccountState, number>>>>
  clientCounts(): Promise<Readonly<Partial<Record<ClientState, number>>>>
  /** Of grants that are active and not past their end. */
  activeGrants(now: number): Promise<number>
  /** Sessions and clients of these developers, together; one who has nothing counts zero. */
  developerFigures(ids: readonly string[], now: number): Promise<ReadonlyMap<string, DeveloperFigures>>
  /** Users of the clients of these developers, over all that was ever asked: it costs what their history is long. */
  usersOfDevelopers(ids: readonly string[], now: number): Promise<ReadonlyMap<string, UsersOfDeveloper>>
  /** Sessions and grants of these users, together. */
  userFigures(ids: readonly string[], now: number): Promise<ReadonlyMap<string, UserFigures>>
  /** Newest first. `total` counts all that match. */
  clients(
    filter: ClientFilter,
    page: { readonly limit: number; readonly offset: number },
  ): Promise<{ clients: readonly ClientOfDeveloper[]; total: number }>
  /** By row id or `client_id`; not the deleted ones. */
  client(id: string): Promise<ClientOfDeveloper | undefined>

  /** What users did with one developer's clients. */
  requestFigures(range: RequestRange): Promise<RequestFigures>
  /** For each of these stretches, which follow on each other, how many; those without a request are left out. */
  requestTrend(
    range: RequestRange,
    starts: readonly number[],
  ): Promise<readonly { readonly start: number; readonly users: number; readonly requests: number }[]>
  /** For each client that is not deleted, oldest first. */
  applicationFigures(range: RequestRange): Promise<readonly ApplicationFigures[]>

  /**
   * Nobody signs in to it any more: its sessions and mailed tokens end with it. A developer's clients are suspended with
   * it, a user's codes that are not redeemed yet end. With `end_access` the grants end as well, and their API keys.
   * Repeated, it does what an attempt that broke off left. Undefined when the account cannot be suspended: it is being
   * deleted, or is. Otherwise how many grants ended.
   */
  suspendAccount(kind: AccountKind, id: string, options: Ending, now: number): Promise<number | undefined>
  /** Undoes that; what ended stays ended. One that waited for its owner waits again. False when it is not suspended. */
  resumeAccount(kind: AccountKind, id: string, now: number): Promise<boolean>
  /** No proof of it counts any more. Undefined when there is no such client. Otherwise how many grants ended. */
  suspendClient(id: string, options: Ending, now: number): Promise<number | undefined>
  /** It is again what it was. While its developer is suspended, it stays so with them. False when it is not suspended. */
  resumeClient(id: string, now: number): Promise<boolean>
  /** Ends the client and all access it holds, however much that is. False when there is none, or it is deleted. */
  deleteClient(id: string, now: number): Promise<boolean>
  /**
   * Deletes an account: its sessions, all access, a developer's clients, a user's projects, and all that says who it was.
   * The address is free again. What breaks off half-way is `closing`, and goes on with the next `sweep`. False when it is
   * deleted already.
   */
  closeAccount(kind: AccountKind, id: string, by: 'user' | 'operator', now: number): Promise<boolean>

  /** Of these `client_id`s, those that exist, with their developer's address and every secret; deleted ones as well. */
  importedAlready(client_ids: readonly string[]): Promise<ReadonlyMap<string, KnownClient>>
  /** The living accounts of developers with these addresses, and whether their owners showed that mail to them arrives. */
  developersByEmail(
    emails: readonly string[],
  ): Promise<ReadonlyMap<string, Account & { readonly proven: boolean }>>
  /**
   * Adds all of it, or nothing. New developers take the place of accounts with their address that were registered and never
   * proven. False when an address or a `client_id` was taken meanwhile, or a developer is gone.
   */
  import(rows: {
    readonly developers: readonly Account[]
    readonly clients: readonly { readonly client: Client; readonly secret: ClientSecret }[]
  }): Promise<boolean>

  /** Everything that is kept about a user, but for what is secret. */
  dossier(user_id: string, now: number): Promise<Dossier>
}

export interface Ending {
  /** Whether access that was handed out ends. */
  readonly end_access: boolean
}

export interface AccountFilter {
  readonly states?: readonly AccountState[] | undefined
  /** Stands in the address or in the name, letter case aside. */
  readonly search?: string | undefined
  /** Epoch seconds: from then on, and before then. */
  readonly created_from?: number | undefined
  readonly created_before?: number | undefined
  /** Whether a session lasts at `now`. */
  readonly has_session?: boolean | undefined
  /** Of the session that lasts longest: its end. */
  readonly session_ends_from?: number | undefined
  readonly session_ends_before?: number | undefined
  readonly sessions_min?: number | undefined
  readonly sessions_max?: number | undefined
  /** Epoch seconds: what decides whether a session lasts. */
  readonly now: number
}

export const accountSorts = [
  'created_at',
  'email',
  'full_name',
  'company_name',
  'state',
  'sessions',
  'session_end',
] as const

export interface AccountPage {
  readonly limit: number
  readonly offset: number
  readonly sort: (typeof accountSorts)[number]
  readonly descending: boolean
}

export interface DeveloperFigures {
  readonly sessions: number
  /** Epoch seconds; null without a session. */
  readonly first_session_end: number | null
  readonly last_session_end: number | null
  /** Not the deleted ones. */
  readonly clients: number
}

export interface UsersOfDeveloper {
  /** Who was ever asked by one of the clients. */
  readonly users: number
  /** Who was within 30 days. */
  readonly active_users: number
}

export interface UserFigures {
  readonly sessions: number
  readonly last_session_end: number | null
  /** Active and not past their end. */
  readonly grants: number
}

export interface ClientFilter {
  /** Stands in the name, or is the `client_id`. */
  readonly search?: string | undefined
  readonly developer_id?: string | undefined
  readonly states?: readonly ClientState[] | undefined
}

export interface ClientOfDeveloper {
  readonly client: Client
  readonly suspension: Suspension | null
  readonly developer: Pick<Account, 'id' | 'email' | 'full_name' | 'state'>
}

export interface RequestRange {
  readonly developer_id: string
  /** Epoch seconds, inclusive. */
  readonly from?: number | undefined
  readonly to?: number | undefined
  readonly now: number
}

export interface RequestFigures {
  readonly users: number
  readonly active_users: number
  readonly total: number
  readonly approved: number
  readonly pending: number
  /** Those that nobody decided in time as well. */
  readonly rejected: number
}

export interface ApplicationFigures extends Pick<Client, 'client_id' | 'name'> {
  readonly users: number
  readonly active_users: number
  readonly total: number
}

export interface KnownClient {
  readonly state: ClientState
  readonly developer_email: string
  readonly secrets: readonly Pick<ClientSecret, 'id' | 'sealed_secret'>[]
}

export interface Dossier {
  readonly sessions: readonly Session[]
  readonly projects: readonly Project[]
  readonly requests: readonly (AuthorizationRequest & { readonly client_name: string })[]
  readonly grants: readonly (Grant & { readonly client_name: string })[]
  readonly events: readonly AuditEvent[]
}

/** Of each kind of record, the most that one dossier holds: the newest. */
export const longestDossier = 10_000
