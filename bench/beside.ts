import { setTimeout } from 'node:timers/promises'
import { settingRows } from '../packages/server/src/settings.ts'
import { connect } from './connection.ts'
import type { Contestant } from './contestants.ts'

/** What token requests with a passphrase do to others, and to memory. */
export interface Beside {
  /** Milliseconds: p99 of token requests without a passphrase, alone and while others derive keys. */
  readonly alone: number
  readonly meanwhile: number
  /** Of what is allowed: 64 MiB for each derivation at once, and 128 MiB for all else. */
  readonly memory: number
}

const everyMs = 10
const deriving = 8
const passphrase = 'correct horse battery staple'
const allowed = (settingRows.derivations.default * 64 + 128) * 2 ** 20

/**
 * Sends a request without a passphrase every 10 ms, whether or not the one before was answered, first alone and then
 * while eight connections send nothing but passphrases. The server has all cores.
 */
export async function measureBeside(it: Contestant, requests: number): Promise<Beside> {
  const idle = it.server.idle.rss
  await paced(it, Math.ceil(requests / 4))
  const alone = await paced(it, requests)

  let more = true
  let peak = 0
  const derivers = Array.from({ length: deriving }, async () => {
    const connection = await connect(it.server.port)
    while (more) {
      const [code = ''] = await it.codes(1)
      await connection.ask(it.request(it.client, code, { passphrase }), {
        status: 200,
        containing: it.success,
      })
    }
    connection.end()
  })
  const watch = (async () => {
    for (; more; await setTimeout(20)) peak = Math.max(peak, (await it.server.ask('usage', null)).rss)
  })()
  await setTimeout(500)
  const meanwhile = await paced(it, requests)
  more = false
  await Promise.all([...derivers, watch])
  return { alone, meanwhile, memory: (peak - idle) / allowed }
}

async function paced(it: Contestant, count: number): Promise<number> {
  const codes = await it.codes(count)
  const free: Awaited<ReturnType<typeof connect>>[] = []
  const latencies: number[] = []
  const all = codes.map(async (code, n) => {
    await setTimeout(n * everyMs)
    const connection = free.pop() ?? (await connect(it.server.port))
    const { ms } = await connection.ask(it.request(it.client, code), { status: 200, containing: it.success })
    latencies.push(ms)
    free.push(connection)
  })
  await Promise.all(all)
  for (const connection of free) connection.end()
  return latencies.sort((a, b) => a - b)[Math.floor(0.99 * latencies.length)] ?? Number.NaN
}
