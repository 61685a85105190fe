import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { onPostgres } from '../on-stage.ts'
import { type Fault, Unavailable } from '../run.ts'
import type { ServerProcess } from '../server-process.ts'
import type { Site } from '../site.ts'
import type { SlowReport } from '../slow-client.ts'
import { type Outcome, trials } from '../stage.ts'

/** What an honest client may wait meanwhile, in milliseconds. */
const mostLatencyMs = 3000
/** By when the last of them is cut: 30 s that a request may take, 5 until it is noticed, 2 for the answer, and some for the machine. */
const mostHeldMs = 45_000

/** Ten thousand connections that say a byte now and then: of a head, of a body, or nothing at all. */
export const slowConnections: Fault = {
  name: 'slow-connections',
  title: '10,000 slow connections',
  what: 'Connections that send a byte a second, or nothing, and never close: the servers cut them, and serve everybody else meanwhile. Each server’s are counted as one time.',
  times: { full: 10, quick: 0, smoke: 0 },
  run: (given) =>
    onPostgres(given, { name: 'slow' }, async ({ stage, outcome }) => {
      const { site, times, length } = given
      const connections = length === 'full' ? 10_000 : 500
      const waves: Wave[] = []
      // Both servers at the same time.
      await trials(
        stage,
        outcome,
        Math.ceil(times / stage.servers.length),
        async () => void waves.push(...(await besiege(site, stage.servers, connections))),
        { harmless: true, codes: 600 },
      )
      outcome.times = waves.length
      judge(outcome, waves, connections)
    }),
}

interface Wave extends SlowReport {
  /** Of an honest `GET /readyz` meanwhile, milliseconds. */
  readonly latencies: readonly number[]
}

/** As many connections to each server, from a process of its own each, since a process may have only so many. */
function besiege(
  site: Site,
  servers: readonly ServerProcess[],
  connections: number,
): Promise<readonly Wave[]> {
  return Promise.all(
    servers.map(async ({ port, url }) => {
      const child = fork(
        join(import.meta.dirname, '../slow-client.ts'),
        [String(port), String(connections), String(mostHeldMs)],
        { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] },
      )
      site.own(child)
      const ended = once(child, 'exit').then(() => [{ error: 'the slow client ended by itself' }])
      const said = Promise.race([once(child, 'message'), ended])
      const latencies: number[] = []
      let over = false
      const asking = (async () => {
        while (!over) {
          const begin = performance.now()
          const answer = await fetch(`${url}/readyz`).catch(() => undefined)
          await answer?.arrayBuffer()
          latencies.push(answer?.status === 200 ? performance.now() - begin : Number.POSITIVE_INFINITY)
          await sleep(50)
        }
      })()
      const [report] = await said
      over = true
      await asking
      if ('error' in report) throw new Unavailable(String(report.error))
      return { ...report, latencies }
    }),
  )
}

function judge(outcome: Outcome, waves: readonly Wave[], connections: number): void {
  const latencies = waves.flatMap((wave) => wave.latencies).toSorted((one, other) => one - other)
  const at = (share: number): number =>
    Math.round(latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))] ?? 0)
  const held = Math.max(...waves.map(({ lastCutMs }) => lastCutMs))
  const opened = Math.min(...waves.map(({ opened }) => opened))
  const left = Math.max(...waves.map(({ left }) => left))
  outcome.notes.unshift(
    `at least ${opened.toLocaleString('en')} of ${connections.toLocaleString('en')} connections were open at once; the last was cut after ${Math.round(held / 1000)} s; somebody honest waited ${at(0.5)} ms at the median, ${at(0.99)} ms at the 99th percentile, ${at(1)} ms at most`,
  )
  if (left > 0)
    outcome.breaches.push({
      invariant: 'answers',
      words: `${left} slow connections were not cut within ${mostHeldMs / 1000} s`,
    })
  if (at(1) > mostLatencyMs)
    outcome.breaches.push({
      invariant: 'answers',
      words: `somebody honest waited ${at(1)} ms beside slow connections`,
    })
}
