/** The database goes away, the server is told to stop, a dump falls into the wrong hands. */
import { once } from 'node:events'
import { mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { createDatabase } from './testing/database.ts'
import { rowsOf } from './testing/rows.ts'
import { aClient, aCode, aUser, call, redeem, startServer } from './testing/story.ts'

test('while PostgreSQL is away the answer is 503 with Retry-After, and afterwards the code is still good', async () => {
  const database_url = await createDatabase()
  const line = await cuttableLine(database_url)
  const server = await startServer({ database_url: line.url })
  const client = await aClient(server)
  const user = await aUser(server)
  const { code } = await aCode(server, client, user)

  line.cut()
  for (const answer of [
    await redeem(server, client, code),
    await call(server, 'GET', '/api/v0/auth/developer-access', { token: user.token }),
    await call(server, 'GET', '/readyz'),
  ]) {
    expect([answer.status, answer.body.error]).toEqual([503, 'temporarily_unavailable'])
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0)
  }
  expect((await call(server, 'GET', '/healthz')).status).toBe(200)
  const spent = 'select count(*) as n from authorization_codes where spent_at is not null'
  expect(Number((await rowsOf({ data: '', database_url }, spent))[0]?.n)).toBe(0)

  await line.mend()
  await vi.waitFor(async () => expect((await call(server, 'GET', '/readyz')).status).toBe(200), {
    timeout: 10_000,
  })
  expect((await redeem(server, client, code)).status).toBe(200)
  await server.stop()
  line.end()
})

test('a stop lets the requests under way finish, and answers 503 to whoever comes meanwhile', async () => {
  const server = await startServer()
  const client = await aClient(server)
  const user = await aUser(server)
  const spare = await aCode(server, client, user)
  const codes = await Promise.all(Array.from({ length: 5 }, () => aCode(server, client, user)))
  // Derivations wait at a gate, so that the requests are surely under way when the stop comes.
  const gate = Promise.withResolvers<void>()
  const derive = server.deps.rootKeys
  let waiting = 0
  Object.assign(server.deps, {
    rootKeys: async (...given: Parameters<typeof derive>) => {
      waiting++
      await gate.promise
      return derive(...given)
    },
  })
  const underWay = codes.map(({ code }) => redeem(server, client, code))
  await expect.poll(() => waiting).toBe(codes.length)
  const stopped = server.stop()
  const late = await redeem(server, client, spare.code)
  expect([late.status, late.body.error, late.headers.get('retry-after')]).toEqual([
    503,
    'temporarily_unavailable',
    '2',
  ])
  gate.resolve()
  for (const answer of await Promise.all(underWay)) expect(answer.status).toBe(200)
  await stopped
  await expect(redeem(server, client, spare.code)).rejects.toThrow()
})

test('whoever has the database but not the master key can make no request that succeeds', async () => {
  const server = await startServer()
  const client = await aClient(server)
  const user = await aUser(server)
  const first = await aCode(server, client, user)
  expect((await redeem(server, client, first.code)).status).toBe(200)
  const { code } = await aCode(server, client, user)
  await server.deps.recorder.flush()

  // Everything in the dump, as a thief would try it: as the client's key, as a session, as a code.
  const where = { data: server.data, database_url: '' }
  const tables = (await rowsOf(where, "select name from sqlite_master where type = 'table'")).map(
    ({ name }) => String(name),
  )
  const texts = new Set<string>()
  for (const table of tables) {
    for (const row of await rowsOf(where, `select * from "${table}"`)) {
      for (const value of Object.values(row)) if (typeof value === 'string') texts.add(value)
    }
  }
  for (const part of [...texts].filter((text) => text.startsWith('v1.'))) texts.add(part.split('.')[2] ?? '')
  expect(texts.size).toBeGreaterThan(40)
  for (const text of texts) {
    if (text === '' || text === client.client_id) continue
    const forged = await redeem(server, { ...client, client_secret: text }, code)
    expect(forged.status, text).toBe(401)
    expect((await redeem(server, client, text)).status).toBe(400)
    if (!/^[\x21-\x7e]+$/.test(text)) continue
    expect((await call(server, 'GET', '/api/v0/auth/account', { token: text })).status).toBe(401)
    expect((await call(server, 'GET', '/api/v0/developer/auth/account', { token: text })).status).toBe(401)
  }
  await server.stop()
})

test('a server whose master key is lost or another does not start, and makes no new one', async () => {
  const data = mkdtempSync(join(tmpdir(), 'valetkey-restored-'))
  const server = await startServer({ data })
  const client = await aClient(server)
  await server.stop()
  renameSync(join(data, 'master.key'), join(data, 'kept'))
  await expect(startServer({ data })).rejects.toThrow('master.key is missing')
  expect(readdirSync(data)).not.toContain('master.key')
  await expect(startServer({ data, master_key: 'ab'.repeat(32) })).rejects.toThrow(
    'not the one this database',
  )
  renameSync(join(data, 'kept'), join(data, 'master.key'))
  const again = await startServer({ data })
  const { code } = await aCode(again, client, await aUser(again))
  expect((await redeem(again, client, code)).status).toBe(200)
  await again.stop()
  rmSync(data, { recursive: true })
})

interface Line {
  readonly url: string
  /** Breaks every connection and takes no new one. */
  cut(): void
  mend(): Promise<void>
  end(): void
}

/** A port that leads to the database until it is cut. */
async function cuttableLine(database_url: string): Promise<Line> {
  const target = new URL(database_url)
  const sockets = new Set<Socket>()
  let server: Server
  const open = async (port: number): Promise<number> => {
    server = createServer((near) => {
      const far = connect(Number(target.port), target.hostname)
      for (const socket of [near, far]) {
        sockets.add(socket)
        socket
          .on('error', () => socket.destroy())
          .on('close', () => {
            sockets.delete(socket)
            near.destroy()
            far.destroy()
          })
      }
      near.pipe(far).pipe(near)
    }).listen(port, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    return typeof address === 'object' && address !== null ? address.port : 0
  }
  const port = await open(0)
  const url = new URL(database_url)
  url.port = String(port)
  const cut = () => {
    server.close()
    for (const socket of sockets) socket.destroy()
  }
  return { url: url.href, cut, mend: async () => void (await open(port)), end: cut }
}
