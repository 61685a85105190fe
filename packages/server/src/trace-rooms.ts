import { setImmediate } from 'node:timers/promises'
import type { Deps } from './deps.ts'
import type { TokenRequest } from './domain/token-request.ts'
import { networkBlock } from './http/network-block.ts'
import type { Clients } from './store/clients.ts'
import type { FiledTokenRequest, Traces } from './store/traces.ts'

/** How much of what strangers can send in any number is kept, by each server. */
export const traceLimits = {
  /** Traces of one kind that may wait to be written; above it the oldest are shed. */
  waiting: 5_000,
  /** Rows that trimming leaves of a room: of one client's authenticated traces, or of its unauthenticated ones. */
  roomRows: 5_000,
  /** Rows added to a room before it is trimmed again. So it holds at most this many more, of each server. */
  trimEvery: 500,
  /** Of those, traces that name one client. */
  waitingOfName: 1_000,
  /** Rows of one client's room and minute, grants and failures each; the rest is only counted. */
  rowsPerMinute: 1_000,
  /** From one network that proved nothing: one forger leaves room for others. */
  rowsPerMinuteOfNetwork: 60,
  /** The same of the room that all share who name no client, mistyped names among them. */
  rowsPerMinuteOfNobody: 3_000,
  rowsPerMinuteOfNetworkAndNobody: 300,
  /** Every network's first rows come out of a share of their own, beside `rowsPerMinute`: a flood uses up the other. */
  firstRowsOfNetwork: 5,
  /** The size of that share: it takes 2,000 networks to use it up. */
  firstRowsPerMinute: 10_000,
  /** Networks that are told apart in a minute, in all rooms together; the rest has the common share. */
  networksPerMinute: 50_000,
  /** Networks that are told apart in the count of one client, reason and hour. */
  networks: 16,
  /** Names that are remembered, of whatever kind, so that memory is bounded too. */
  names: 10_000,
}
export type TraceLimits = Readonly<typeof traceLimits>

/** Which of the names that requests bring are those of clients. */
export interface Directory {
  /** False for a client that was not looked up for a while. */
  remembers(name: string): boolean
  /** Those of these names that a client has or had. */
  known(names: readonly string[]): Promise<ReadonlySet<string>>
}

/** Asks the store once for each client. That there was one stays true; that there was none may change at any time. */
export function createDirectory(clients: Pick<Clients, 'known'>, { names: most }: TraceLimits): Directory {
  const remembered = new Set<string>()
  return {
    remembers: (name) => remembered.has(name),
    async known(names) {
      const each = new Set(names)
      each.delete('')
      const known = new Set([...each].filter((name) => remembered.has(name)))
      const unsure = [...each].filter((name) => !known.has(name))
      for (let at = 0; at < unsure.length; at += lookUpAtOnce) {
        // Others take their turn between two questions.
        if (at > 0) await setImmediate()
        for (const name of await clients.known(unsure.slice(at, at + lookUpAtOnce))) {
          known.add(name)
          if (remembered.size >= most) forgetOldest(remembered)
          remembered.add(name)
        }
      }
      return known
    },
  }
}

const lookUpAtOnce = 500

/** The rows that each room may still take in this minute. */
export interface Budget {
  /** True when the trace may have a row in the room of this name, which it then takes up. */
  admits(name: string, trace: TokenRequest): boolean
}

interface Window {
  /** Rows out of the share that is first come, first served. */
  common: number
  /** Rows out of the share that is kept for the first of each network. */
  first: number
  readonly ofNetwork: Map<string, number>
}

/**
 * A fixed window that begins with the minute. More names than are remembered are let through: trimming bounds them.
 * `whose` names the rooms are: of clients, or possibly of nobody. The room without a name is always nobody's.
 */
export function createBudget(
  { clock }: Pick<Deps, 'clock'>,
  limits: TraceLimits,
  whose: 'clients' | 'nobody' = 'clients',
): Budget {
  const windows = new Map<string, Window>()
  let minute = 0
  let networks = 0

  /** The first rows of a network are its own; for more it competes with everybody. */
  const admitsFrom = (network: string, window: Window, most: number, mostOfNetwork: number): boolean => {
    const before = window.ofNetwork.get(network)
    if (before === undefined && networks >= limits.networksPerMinute) return takesCommon(window, most)
    const rows = before ?? 0
    if (rows < limits.firstRowsOfNetwork && window.first < limits.firstRowsPerMinute) window.first++
    else if (rows >= mostOfNetwork || !takesCommon(window, most)) return false
    window.ofNetwork.set(network, rows + 1)
    if (before === undefined) networks++
    return true
  }

  return {
    admits(name, trace) {
      const { authenticated, outcome } = trace
      const current = Math.floor(clock.now() / 60)
      if (current !== minute) {
        windows.clear()
        minute = current
        networks = 0
      }

      // Apart from each other, so that what succeeds all the time leaves room for what fails.
      const key = `${authenticated ? 'a' : 'u'}${outcome === 'granted' ? 'g' : 'f'}${name}`
      const known = windows.get(key)
      if (known === undefined && windows.size >= limits.names) return true
      const window = known ?? { common: 0, first: 0, ofNetwork: new Map<string, number>() }
      windows.set(key, window)
      if (authenticated) return takesCommon(window, limits.rowsPerMinute)
      return whose === 'nobody' || name === ''
        ? admitsFrom(
            networkOf(trace),
            window,
            limits.rowsPerMinuteOfNobody,
            limits.rowsPerMinuteOfNetworkAndNobody,
          )
        : admitsFrom(networkOf(trace), window, limits.rowsPerMinute, limits.rowsPerMinuteOfNetwork)
    },
  }
}

function takesCommon(window: Window, most: number): boolean {
  if (window.common >= most) return false
  window.common++
  return true
}

/** Files traces in their rooms and keeps the rooms small. */
export interface Rooms {
  /** Those of these traces that get a row, and under what. */
  file(traces: readonly TokenRequest[]): Promise<readonly FiledTokenRequest[]>
  /** Notes what was added. */
  added(traces: readonly FiledTokenRequest[]): void
  /** Trims every room that is due: at its first row since the start, and then after each `trimEvery`. */
  trim(): Promise<void>
}

export function createRooms(
  { clock }: Pick<Deps, 'clock'>,
  traces: Pick<Traces, 'trim'>,
  directory: Directory,
  limits: TraceLimits,
): Rooms {
  const budget = createBudget({ clock }, limits)
  /** Rows added to each room since it was trimmed. One that is forgotten is trimmed at its next row, as after a start. */
  const grown = new Map<string, number>()
  const due = new Map<string, Room>()
  return {
    async file(batch) {
      const known = await directory.known(batch.map(nameIn))
      return batch
        .map((trace) => ({ ...trace, filed_under: known.has(nameIn(trace)) ? nameIn(trace) : '' }))
        .filter((trace) => budget.admits(trace.filed_under, trace))
    },

    added(rows) {
      for (const { filed_under, authenticated } of rows) {
        const room = { filed_under, authenticated }
        const key = `${authenticated ? 'a' : 'u'}${filed_under}`
        const since = (grown.get(key) ?? limits.trimEvery - 1) + 1
        if (!grown.has(key) && grown.size >= limits.names) forgetOldest(grown)
        grown.set(key, since)
        if (since >= limits.trimEvery) due.set(key, room)
      }
    },

    async trim() {
      for (const [key, { filed_under, authenticated }] of due) {
        await traces.trim(filed_under, authenticated, limits.roomRows)
        due.delete(key)
        if (grown.has(key)) grown.set(key, 0)
      }
    },
  }
}

type Room = Pick<FiledTokenRequest, 'filed_under' | 'authenticated'>

/** The client that a request named, empty when it named none. */
export function nameIn({ client_id }: TokenRequest): string {
  return client_id ?? ''
}

/** What counts as one network, of the facts that a trace keeps of its request: of IPv6 a site, which has many /64s. */
export function networkOf({ request: { network } }: TokenRequest): string {
  return typeof network === 'string' ? networkBlock(network, 48) : ''
}

/** A set or map goes through its keys in the order in which they came. */
function forgetOldest(names: { keys(): Iterator<string>; delete(name: string): boolean }): void {
  const oldest = names.keys().next()
  if (oldest.done !== true) names.delete(oldest.value)
}
