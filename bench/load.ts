import { setTimeout as sleep } from 'node:timers/promises'
import { connect, type Expected } from './connection.ts'

export interface Round {
  readonly per_second: number
  /** Milliseconds. */
  readonly p50: number
  readonly p99: number
}

const connections = 32
/** How long a server may take to listen. */
const patienceMs = 30_000

/**
 * Sends each of these HTTP/1.1 requests once, over 32 keep-alive connections that each wait for their answer, and
 * checks every answer.
 *
 * @throws when an answer is not as expected, a connection breaks, or the round takes longer than `timeoutMs`
 */
export async function load(
  port: number,
  requests: readonly Buffer[],
  expected: Expected,
  timeoutMs = 120_000,
): Promise<Round> {
  const all = await Promise.all(Array.from({ length: connections }, () => connect(port)))
  const timer = setTimeout(() => {
    for (const one of all) one.end(new Error(`the round took longer than ${timeoutMs} ms`))
  }, timeoutMs)
  const latencies = new Float64Array(requests.length)
  const waiting = requests.entries()
  try {
    const begin = performance.now()
    await Promise.all(
      all.map(async (connection) => {
        // One list for all: each takes what comes next.
        for (const [index, request] of waiting) {
          const { ms } = await connection.ask(request, expected)
          latencies[index] = ms
        }
      }),
    )
    const seconds = (performance.now() - begin) / 1000
    latencies.sort()
    return { per_second: requests.length / seconds, p50: at(latencies, 0.5), p99: at(latencies, 0.99) }
  } finally {
    clearTimeout(timer)
    for (const one of all) one.end()
  }
}

/** Resolves when the server answers `GET path` with 200. */
export async function firstAnswer(port: number, path: string): Promise<void> {
  const response = await whenItListens(() => fetch(`http://127.0.0.1:${port}${path}`))
  await response.arrayBuffer()
  if (response.status !== 200) throw new Error(`GET ${path} was answered with ${response.status}`)
}

async function whenItListens<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
  for (const end = performance.now() + patienceMs; ; await sleep(2)) {
    try {
      return await ask()
    } catch (cause) {
      if (performance.now() > end) throw cause
    }
  }
}

/** The value below which this share of the sorted ones lies. */
function at(sorted: Float64Array, share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}
