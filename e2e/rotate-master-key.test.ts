/** The master key is replaced while requests go on, and whoever is killed at it loses nothing. */
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, expect, test } from 'vitest'
import { type Finished, program, runCli } from '../packages/cli/src/testing/run-cli.ts'
import { createDatabase } from './testing/database.ts'
import { startRedeeming } from './testing/redeeming-load.ts'
import { countOf, rowsOf } from './testing/rows.ts'
import { aClient, aCode, aUser, redeem, startServer, type TestServer } from './testing/story.ts'

const folder = mkdtempSync(join(tmpdir(), 'valetkey-rotate-'))
afterAll(() => rmSync(folder, { recursive: true }))

const seeded = 3_000

test.concurrent('SQLite: rotated under load, killed in the middle, gone on with', { timeout: 120_000 }, () =>
  rotateUnderLoad(join(folder, 'sqlite'), ''),
)
test.concurrent(
  'PostgreSQL: rotated under load, killed in the middle, gone on with',
  { timeout: 120_000 },
  async () => rotateUnderLoad(join(folder, 'postgres'), await createDatabase()),
)

async function rotateUnderLoad(data: string, database_url: string): Promise<void> {
  const where = { data, database_url }
  const server = await startServer(where)
  const env = { VALETKEY_DATA: data, VALETKEY_DATABASE_URL: database_url }
  const cli = (...words: string[]): Promise<Finished> => runCli(['master-key', ...words], { env })
  const old = server.deps.sealer.key_id
  const underOld = () =>
    countOf(where, `select count(*) as n from api_keys where sealed_secret like 'v1.${old}.%'`)
  try {
    await seedApiKeys(server, where)
    const load = await startRedeeming(server, { newClients: true })
    await load.some()

    const killed = spawn(process.execPath, [program, 'master-key', 'rotate'], {
      env: { PATH: process.env.PATH, ...env },
      stdio: 'ignore',
    })
    while ((await underOld()) > seeded - 400) await sleep(5)
    killed.kill('SIGKILL')
    await once(killed, 'exit')
    const left = await underOld()
    expect(left).toBeGreaterThan(0)
    expect(left).toBeLessThan(seeded)
    await load.some()

    const { keys } = JSON.parse((await cli('show', '--json')).stdout)
    expect(keys).toEqual([
      { key_id: expect.stringMatching(/^[0-9a-f]{8}$/), role: 'current', sealed: expect.any(Number) },
      { key_id: old, role: 'previous', sealed: expect.any(Number) },
    ])
    const tooSoon = await cli('retire', '--now')
    expect([tooSoon.code, tooSoon.stderr]).toEqual([1, expect.stringContaining(`still sealed under ${old}`)])
    const rotated = await cli('rotate', '--json')
    expect([rotated.code, JSON.parse(rotated.stdout)]).toMatchObject([
      0,
      { key_id: keys[0].key_id, previous: [old] },
    ])
    await load.some()
    await load.stop()

    expect((await cli('retire')).stderr).toContain('0 minutes ago')
    expect((await cli('retire', '--now')).code).toBe(0)
    const keyFile = join(data, 'master.key')
    expect(readFileSync(keyFile, 'utf8')).toMatch(/^[0-9a-f]{64}\n$/)
    expect(statSync(keyFile).mode & 0o777).toBe(0o600)
    expect(readdirSync(data).filter((name) => name.startsWith('master.key'))).toEqual(['master.key'])
    expect(await sealedUnderOthers(where, keys[0].key_id)).toEqual([])

    // A server that never had the old key opens everything.
    const fresh = await startServer(where)
    try {
      expect(fresh.deps.sealer.key_ids).toEqual([keys[0].key_id])
      for (const row of await rowsOf(where, 'select id, sealed_secret from api_keys'))
        fresh.deps.sealer.open('api-key', String(row.id), String(row.sealed_secret))
      const { code } = await aCode(fresh, load.client, load.user)
      expect((await redeem(fresh, load.client, code)).status).toBe(200)
    } finally {
      await fresh.stop()
    }
  } finally {
    await server.stop()
  }
  const wrong = startServer({ ...where, master_key: 'ab'.repeat(32) })
  await expect(wrong).rejects.toThrow('the master key is not the one this database was sealed with')
  const refused = await runCli(['master-key', 'rotate'], {
    env: { ...env, VALETKEY_MASTER_KEY: 'ab'.repeat(32), VALETKEY_PREVIOUS_MASTER_KEYS: 'cd'.repeat(32) },
  })
  expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('sealed under master key')])
}

test('with the key in a setting, servers of both keys serve each other’s clients while they are replaced', async () => {
  const database_url = await createDatabase()
  const [first, second] = ['ab'.repeat(32), 'cd'.repeat(32)]
  const env = { VALETKEY_DATABASE_URL: database_url, VALETKEY_DATA: folder, VALETKEY_MASTER_KEY: first }
  const one = await startServer({ database_url, master_key: first, previous_master_keys: second })
  const other = await startServer({ database_url, master_key: second, previous_master_keys: first })
  const people = { one: await aClient(one), other: await aClient(other), user: await aUser(one) }
  for (const [client, server] of [
    [people.one, other],
    [people.other, one],
  ] as const) {
    const { code } = await aCode(server, client, people.user)
    expect((await redeem(server, client, code)).status).toBe(200)
  }
  await one.stop()
  await other.stop()

  const alone = await runCli(['master-key', 'rotate'], { env })
  expect([alone.code, alone.stderr]).toEqual([1, expect.stringContaining('under master key')])
  const swapped = { ...env, VALETKEY_MASTER_KEY: second, VALETKEY_PREVIOUS_MASTER_KEYS: first }
  expect((await runCli(['master-key', 'rotate'], { env: swapped })).code).toBe(0)
  expect((await runCli(['master-key', 'retire'], { env: swapped })).stdout).toContain(
    'Take VALETKEY_PREVIOUS_MASTER_KEYS away',
  )
  const steps = await runCli(['master-key', 'rotate'], { env: { ...env, VALETKEY_MASTER_KEY: second } })
  expect([steps.code, steps.stderr]).toEqual([
    1,
    expect.stringContaining('Restart every server with the two exchanged'),
  ])

  const fresh = await startServer({ database_url, master_key: second })
  const { code } = await aCode(fresh, people.one, people.user)
  expect((await redeem(fresh, people.one, code)).status).toBe(200)
  await fresh.stop()
})

/** API keys as history leaves them: many. */
async function seedApiKeys({ deps: { sealer } }: TestServer, where: { data: string; database_url: string }) {
  for (let done = 0; done < seeded; done += 500) {
    const rows = Array.from({ length: 500 }, (_, n) => {
      const id = `seed-${String(done + n).padStart(6, '0')}`
      const sealed = sealer.seal('api-key', id, randomBytes(32))
      return `('${id}', 'p', 'g', 'n', '${randomBytes(32).toString('hex')}', '${sealed}', 1, 1, null)`
    })
    await rowsOf(where, `insert into api_keys values ${rows.join(', ')}`)
  }
}

const sealedUnderOthers = (where: { data: string; database_url: string }, key_id: string) =>
  rowsOf(
    where,
    `select id, sealed_secret from api_keys where sealed_secret not like 'v1.${key_id}.%'
      union all select id, sealed_secret from client_secrets where sealed_secret not like 'v1.${key_id}.%'`,
  )
