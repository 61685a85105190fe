import type { TokenRequest } from './domain/token-request.ts'
import type { TraceCount } from './store/traces.ts'
import { type Directory, nameIn, networkOf, type TraceLimits } from './trace-rooms.ts'

/** Counts every token request, also those that get no row. */
export interface TraceCounts {
  add(trace: TokenRequest): void
  /** What was added since the last time. */
  take(): readonly CountedLine[]
  /** The same, under the names of clients that exist, to be added to what is stored. */
  file(lines: readonly CountedLine[]): Promise<readonly TraceCount[]>
}

/** Requests that named one client, or none, and ended in one way within one hour. */
export interface CountedLine extends Pick<TraceCount, 'hour' | 'reason'> {
  readonly client_id: string
  readonly ofNetwork: Map<string, number>
}

const hourSeconds = 3600
const elsewhere = 'elsewhere'

export function createTraceCounts(directory: Directory, limits: TraceLimits): TraceCounts {
  const lines = new Map<string, CountedLine>()
  /** The networks that this server tells apart in the newest hour, of each client and reason. */
  const toldApart = new Map<string, Set<string>>()
  let newestHour = 0

  const lineOf = (client_id: string, reason: string, hour: number): CountedLine => {
    const key = keyOf(client_id, reason, hour)
    const line = lines.get(key)
    if (line !== undefined) return line
    // A flood of invented names goes under none, where it would end anyway.
    if (client_id !== '' && lines.size >= limits.names && !directory.remembers(client_id))
      return lineOf('', reason, hour)
    const fresh = { client_id, reason, hour, ofNetwork: new Map<string, number>() }
    lines.set(key, fresh)
    return fresh
  }

  /** Those of past hours are forgotten. */
  const networksOf = (filed_under: string, reason: string, hour: number): Set<string> => {
    if (hour > newestHour) {
      toldApart.clear()
      newestHour = hour
    }
    const key = keyOf(filed_under, reason, hour)
    const networks = toldApart.get(key) ?? new Set()
    toldApart.set(key, networks)
    return networks
  }

  const place = (
    network: string,
    places: { readonly size: number; has(network: string): boolean },
  ): string => (places.has(network) || places.size < limits.networks ? network : elsewhere)

  return {
    add(trace) {
      const line = lineOf(nameIn(trace), trace.reason ?? '', trace.at - (trace.at % hourSeconds))
      const [network, { ofNetwork }] = [networkOf(trace), line]
      const known = toldApart.get(keyOf(line.client_id, line.reason, line.hour))
      const from = known?.has(network) ? network : place(network, ofNetwork)
      ofNetwork.set(from, (ofNetwork.get(from) ?? 0) + 1)
    },

    take() {
      const taken = [...lines.values()]
      lines.clear()
      return taken
    },

    async file(taken) {
      const known = await directory.known(taken.map(({ client_id }) => client_id))
      const counts = new Map<string, TraceCount>()
      for (const { client_id, reason, hour, ofNetwork } of taken) {
        const filed_under = known.has(client_id) ? client_id : ''
        const places = networksOf(filed_under, reason, hour)
        for (const [from, requests] of ofNetwork) {
          const network = from === elsewhere ? from : place(from, places)
          if (network !== elsewhere) places.add(network)
          const key = keyOf(filed_under, reason, hour, network)
          const before = counts.get(key)?.requests ?? 0
          counts.set(key, { filed_under, reason, hour, network, requests: before + requests })
        }
      }
      return [...counts.values()]
    },
  }
}

/** No two lists of parts have one key: hours and reasons have no space in them, and how long the network is stands there. */
const keyOf = (client_id: string, reason: string, hour: number, network = ''): string =>
  `${hour} ${reason} ${network.length} ${network}${client_id}`
