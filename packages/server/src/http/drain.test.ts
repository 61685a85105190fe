import { rmSync } from 'node:fs'
import { Agent } from 'node:http'
import { expect, test } from 'vitest'
import { ask } from '../../../../e2e/testing/steady-load.ts'
import { startServer } from '../../../../e2e/testing/story.ts'

const get = (path: string) => ({ method: 'GET', path })

test('a server that is told to stop says so at /readyz, and goes on serving for its drain delay', async () => {
  const server = await startServer({ drain_delay: '1' })
  const kept = new Agent({ keepAlive: true })
  expect((await ask(server.url, get('/readyz'), kept)).status).toBe(200)
  const stopped = server.stop()
  const begun = performance.now()

  const onceReady = await fetch(`${server.url}/readyz`)
  expect([onceReady.status, onceReady.headers.get('retry-after')]).toEqual([503, '2'])
  // On the connection of before, which ends with this answer, and on a new one.
  for (const agent of [kept, false] as const)
    expect((await ask(server.url, get('/healthz'), agent)).status).toBe(200)
  expect(Object.keys(kept.freeSockets)).toEqual([])
  expect((await fetch(`${server.url}/healthz`)).headers.get('connection')).toBe('close')

  await stopped
  expect(performance.now() - begun).toBeGreaterThan(950)
  await expect(fetch(`${server.url}/healthz`)).rejects.toThrow()
})

test('a server beside others closes its door at once, answers who is inside, and waits for nobody else', async () => {
  const server = await startServer()
  const kept = new Agent({ keepAlive: true })
  expect((await ask(server.url, get('/healthz'), kept)).status).toBe(200)
  const begun = performance.now()
  const closed = server.close({ seconds: 30, othersListen: true })
  await expect(ask(server.url, get('/healthz'), false)).rejects.toThrow('ECONNREFUSED')
  expect((await ask(server.url, get('/healthz'), kept)).status).toBe(200)
  await closed
  expect(performance.now() - begun).toBeLessThan(20_000)
  rmSync(server.data, { recursive: true })
})
