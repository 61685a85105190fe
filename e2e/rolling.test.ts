/** Servers are replaced one by one under a steady load, and nobody notices. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { startCheckingProxy } from './testing/checking-proxy.ts'
import { createDatabase } from './testing/database.ts'
import { freePort } from './testing/free-port.ts'
import { countOf } from './testing/rows.ts'
import { type ServeProcess, startServe } from './testing/serve-process.ts'
import { type Asked, type Heard, steadyLoad } from './testing/steady-load.ts'
import { aClient, aCode, aUser, jwtSecret, type Person, redirectUri } from './testing/story.ts'

const perSecond = 60

interface Crowd {
  next(): Promise<Asked>
  heard(answer: Heard | Error, asked: Asked): void
  /** What was not as it should be. */
  readonly wrong: string[]
  redeemed(): number
}

/** Apps that redeem codes, and users who look at their account: each answer is 200, or it is written down. */
async function aCrowd(url: string, codes: number): Promise<Crowd> {
  const client = await aClient({ url })
  const user: Person = await aUser({ url })
  const client_secret = await jwtSecret(client)
  const waiting: string[] = []
  for (let n = 0; n < codes; n++) waiting.push((await aCode({ url }, client, user)).code)
  const wrong: string[] = []
  let turn = 0
  let redeemed = 0
  return {
    wrong,
    redeemed: () => redeemed,
    async next() {
      // In pairs, so that both kinds go over both kinds of connections.
      const code = turn++ % 4 < 2 ? waiting.shift() : undefined
      if (code === undefined)
        return {
          method: 'GET',
          path: '/api/v0/auth/account',
          headers: { authorization: `Bearer ${user.token}` },
        }
      const form = {
        client_id: client.client_id,
        client_secret,
        redirect_uri: redirectUri,
        code,
        // Some take their time, so that hardly ever nothing is under way.
        passphrase: waiting.length % 6 === 0 ? 'a passphrase' : '',
      }
      return { method: 'POST', path: '/api/v0/oauth2/token', body: JSON.stringify(form) }
    },
    heard(answer, { method, path }) {
      if (answer instanceof Error) wrong.push(`${method} ${path}: ${answer.message}`)
      else if (answer.status !== 200) wrong.push(`${method} ${path}: ${answer.status} ${answer.text}`)
      else if (method === 'POST') redeemed++
    },
  }
}

const grantsIn = (database_url: string) =>
  countOf({ data: '', database_url }, "select count(*) as n from grants where state = 'active'")

test('workers are replaced one by one, and one that is killed is, without one failed request', {
  timeout: 180_000,
}, async () => {
  const database_url = await createDatabase()
  const data = mkdtempSync(join(tmpdir(), 'valetkey-rolling-'))
  const server = await startServe({
    port: String(await freePort()),
    data,
    database_url,
    workers: '2',
    rate_limits: 'off',
    code_ttl: '600',
  })
  try {
    const crowd = await aCrowd(server.url, 150)
    const before = server.events.filter(({ event }) => event === 'worker_ready').map(({ pid }) => pid)
    const load = steadyLoad(server.url, perSecond, crowd.next, crowd.heard)
    await sleep(500)
    server.signal('SIGUSR2')
    await server.logged('workers_renewed')
    await sleep(500)
    await load.stop()
    expect(crowd.wrong).toEqual([])
    const after = server.events.filter(({ event }) => event === 'worker_ready').map(({ pid }) => pid)
    expect(after).toHaveLength(4)
    for (const pid of before) expect(() => process.kill(pid ?? 0, 0)).toThrow('ESRCH')
    expect(crowd.redeemed()).toBeGreaterThan(50)
    expect(await grantsIn(database_url)).toBe(crowd.redeemed())

    process.kill(after.at(-1) ?? 0, 'SIGKILL')
    expect(await server.logged('worker_died')).toMatchObject({ pid: after.at(-1), signal: 'SIGKILL' })
    await server.logged('worker_ready', 5)
    expect((await fetch(`${server.url}/readyz`)).status).toBe(200)
    server.signal('SIGTERM')
    expect(await server.ended).toBe(0)
  } finally {
    await server.kill()
    rmSync(data, { recursive: true, force: true })
  }
})

test('two servers behind a proxy are restarted in turn, without one failed request', {
  timeout: 180_000,
}, async () => {
  const database_url = await createDatabase()
  const data = mkdtempSync(join(tmpdir(), 'valetkey-rolling-'))
  const ports = [await freePort(), await freePort()]
  const proxy = await startCheckingProxy(ports.map((port) => `http://127.0.0.1:${port}`))
  const start = (port: number): Promise<ServeProcess> =>
    startServe({
      port: String(port),
      data,
      database_url,
      public_url: proxy.url,
      trusted_proxies: 'loopback',
      drain_delay: '1',
      rate_limits: 'off',
      code_ttl: '600',
    })
  const servers: ServeProcess[] = []
  try {
    for (const port of ports) servers.push(await start(port))
    const crowd = await aCrowd(proxy.url, 150)
    const load = steadyLoad(proxy.url, perSecond, crowd.next, crowd.heard)
    for (const [place, port] of ports.entries()) {
      await sleep(500)
      servers[place]?.signal('SIGTERM')
      expect(await servers[place]?.ended).toBe(0)
      servers[place] = await start(port)
    }
    await sleep(500)
    await load.stop()
    expect(crowd.wrong).toEqual([])
    expect(crowd.redeemed()).toBeGreaterThan(50)
    expect(await grantsIn(database_url)).toBe(crowd.redeemed())
  } finally {
    for (const server of servers) await server.kill()
    proxy.close()
    rmSync(data, { recursive: true, force: true })
  }
})
