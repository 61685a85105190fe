import type { AuthorizationCode } from '../domain/authorization-code.ts'
import type {
  AuthorizationRequest,
  AuthorizationRequestState,
  Decision,
} from '../domain/authorization-request.ts'
import type { PushedRequest } from '../domain/pushed-request.ts'

/** What clients ask of users, and what these decide. */
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

/** How the requests of one day stand. */
export interface AccessLogDay {
  /** Days of UTC since 1970-01-01. */
  readonly day: number
  readonly approved: number
  readonly pending: number
  /** Expired ones as well. */
  readonly rejected: number
}

/** Which requests of one developer's clients. */
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

/** A request as the developer of its client reads it. */
export interface AccessLogEntry extends AuthorizationRequest {
  readonly client_name: string
  readonly code_expires_at: number | null
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
