import type { TokenRequest } from '../domain/token-request.ts'

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

/** A trace in its room. */
export interface FiledTokenRequest extends TokenRequest {
  /** What the request named, when a client has or, deleted since, had this `client_id`; otherwise empty. */
  readonly filed_under: string
}

/** Which traces of these clients. */
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
