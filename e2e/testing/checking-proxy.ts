import { Agent, createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { ask } from './steady-load.ts'

export interface CheckingProxy {
  readonly url: string
  close(): void
}

/**
 * A reverse proxy as operators have them: it keeps connections to the servers behind it, asks each for `/readyz`, and
 * passes requests by turns to those that say 200. It repeats nothing.
 */
export async function startCheckingProxy(behind: readonly string[], everyMs = 100): Promise<CheckingProxy> {
  const ready = new Set(behind)
  const kept = new Agent({ keepAlive: true, maxSockets: 64 })
  const check = async (): Promise<void> => {
    for (const url of behind) {
      const answer = await ask(url, { method: 'GET', path: '/readyz' }, false).catch(() => undefined)
      if (answer?.status === 200) ready.add(url)
      else ready.delete(url)
    }
  }
  const checking = setInterval(() => void check(), everyMs)
  let turn = 0
  const server = createServer((from, to) => {
    const able = [...ready]
    const target = able[turn++ % able.length]
    if (target === undefined) {
      to.writeHead(502).end()
      return
    }
    const { connection: _hop, ...headers } = from.headers
    const passed = request(new URL(from.url ?? '/', target), { method: from.method, headers, agent: kept })
    passed.on('error', () => to.writeHead(502).end())
    passed.on('response', (answer) => {
      const { connection: _theirHop, ...theirs } = answer.headers
      to.writeHead(answer.statusCode ?? 502, theirs)
      answer.pipe(to)
    })
    from.pipe(passed)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close() {
      clearInterval(checking)
      kept.destroy()
      server.close()
      server.closeAllConnections()
    },
  }
}
