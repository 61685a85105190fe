import type { TokenRequestAnswer } from '@valetkey/protocol'

/** What came while the page was open, beside the pages that were asked for. */
export interface Live {
  readonly shown: readonly TokenRequestAnswer[]
  /** What came during a pause, to be shown after it. */
  readonly held: readonly TokenRequestAnswer[]
  readonly paused: boolean
}

export type LiveChange =
  | { readonly type: 'came'; readonly request: TokenRequestAnswer }
  | { readonly type: 'paused' | 'resumed' | 'restarted' }

export const nothingLive: Live = { shown: [], held: [], paused: false }

/** After so many the list is better asked for again, page by page. */
export const mostLive = 500

/** The next state of what came live. The same request may come twice: after a stream broke off, or in a page as well. */
export function withChange(live: Live, change: LiveChange): Live {
  switch (change.type) {
    case 'came':
      return live.paused
        ? { ...live, held: newestFirst([change.request], live.held) }
        : { ...live, shown: newestFirst([change.request], live.shown) }
    case 'paused':
      return { ...live, paused: true }
    case 'resumed':
      return { shown: newestFirst(live.held, live.shown), held: [], paused: false }
    case 'restarted':
      return { ...live, shown: [], held: [] }
  }
}

/** All of them, each once, in the order in which the server lists them. */
export function newestFirst(...lists: readonly (readonly TokenRequestAnswer[])[]): TokenRequestAnswer[] {
  const byId = new Map(lists.flat().map((request) => [request.trace_id, request]))
  return [...byId.values()].sort(byTime)
}

/**
 * The pages that were asked for, and what came live among and above them. What belongs below their end, as long as there
 * are pages to come, is on those: the stream begins with what came some seconds before it was opened.
 */
export function withLive(
  listed: readonly TokenRequestAnswer[],
  live: readonly TokenRequestAnswer[],
  { more }: { readonly more: boolean },
): TokenRequestAnswer[] {
  const end = listed.at(-1)
  const here = more && end !== undefined ? live.filter((request) => byTime(request, end) <= 0) : live
  return newestFirst(listed, here)
}

/** Times of the server all have one form, so their text is their order; so is that of a `trace_id`, lowercase hex. */
function byTime(a: TokenRequestAnswer, b: TokenRequestAnswer): number {
  if (a.at !== b.at) return a.at < b.at ? 1 : -1
  return a.trace_id < b.trace_id ? 1 : -1
}

/**
 * The list as somebody is reading it: what is new above the last of the rows that stood there, by `trace_id`, waits.
 * Older pages follow below, where nothing moves.
 */
export function heldStill(
  requests: readonly TokenRequestAnswer[],
  stood: ReadonlySet<string>,
): { rows: readonly TokenRequestAnswer[]; waiting: number } {
  const end = requests.findLastIndex(({ trace_id }) => stood.has(trace_id))
  const rows = requests.filter(({ trace_id }, index) => index > end || stood.has(trace_id))
  return { rows, waiting: requests.length - rows.length }
}

/** What came, in one sentence to be read out: one request in full, several as numbers. */
export function announcementOf(came: readonly TokenRequestAnswer[]): string {
  const [first, ...more] = came
  if (first === undefined) return ''
  if (more.length === 0)
    return ['New token request', first.outcome, first.client_name, first.means]
      .filter((part) => part !== null)
      .join(', ')
  const ungranted = came.filter(({ outcome }) => outcome !== 'granted').length
  return `${came.length} new token requests, ${ungranted === 0 ? 'all' : ungranted} ${ungranted === 0 ? 'granted' : 'not granted'}`
}
