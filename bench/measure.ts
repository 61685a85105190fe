import type { Server, Usage } from './child.ts'
import type { Round } from './load.ts'
import { median } from './median.ts'

/** One kind of work for one server. */
export interface Work {
  readonly name: string
  readonly server: Server
  /** How often it is done in a round. */
  readonly count: number
  /** Prepares what is needed, and hands over the part that is timed. */
  prepare(count: number): Promise<() => Promise<Round>>
}

/** Medians over the rounds. */
export interface Measured {
  readonly name: string
  readonly per_second: number
  readonly slowest: number
  readonly fastest: number
  /** Milliseconds. */
  readonly p50: number
  readonly p99: number
  /** Microseconds of the server's CPU that one cost. */
  readonly cpu: number
  /** Of the server: milliseconds from start to first answer. */
  readonly startMs: number
  readonly idle: Usage
  readonly loaded: Usage
}

/**
 * Warms every server up, then goes round: each round gives every server its turn, so that what disturbs the machine for
 * a while disturbs all alike.
 */
export async function measure(
  works: readonly Work[],
  rounds: number,
  tell: (line: string) => void,
): Promise<Measured[]> {
  for (const work of works) await once(work, Math.ceil(work.count / 2))
  const all = works.map((work) => ({ work, results: [] as Awaited<ReturnType<typeof once>>[] }))
  for (let round = 1; round <= rounds; round++) {
    for (const { work, results } of all) {
      const result = await once(work, work.count)
      results.push(result)
      tell(`round ${round} of ${rounds}: ${work.name} ${Math.round(result.per_second)} /s`)
    }
  }
  return Promise.all(
    all.map(async ({ work: { name, server }, results }) => {
      const rates = results.map(({ per_second }) => per_second)
      return {
        name,
        per_second: median(rates),
        slowest: Math.min(...rates),
        fastest: Math.max(...rates),
        p50: median(results.map(({ p50 }) => p50)),
        p99: median(results.map(({ p99 }) => p99)),
        cpu: median(results.map(({ cpu }) => cpu)),
        startMs: server.startMs,
        idle: server.idle,
        loaded: await server.ask('usage', null),
      }
    }),
  )
}

async function once({ server, prepare }: Work, count: number) {
  const run = await prepare(count)
  const before = await server.ask('usage', null)
  const round = await run()
  const after = await server.ask('usage', null)
  return { ...round, cpu: (after.cpu - before.cpu) / count }
}
