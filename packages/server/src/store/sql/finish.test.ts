/** What is switched off, suspended or deleted ends all that it holds, however much that is and whatever breaks in the middle. */
import { randomUUID } from 'node:crypto'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setImmediate } from 'node:timers/promises'
import pg from 'pg'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createDatabase } from '../../../../../e2e/testing/database.ts'
import { openPostgres } from '../postgres.ts'
import { openSqlite } from '../sqlite.ts'
import type { Store } from '../store.ts'
import {
  aClient,
  aCode,
  aGrant,
  aProject,
  approval,
  aRequest,
  aScene,
  aSecret,
  now,
  type Scene,
} from '../testing/scene.ts'

/** A second hand in the database. */
interface Hand {
  run(statement: string): Promise<readonly Readonly<Record<string, unknown>>[]>
  close(): Promise<void>
}

async function sqlite(): Promise<{ store: Store; hand: Hand }> {
  const path = join(mkdtempSync(join(tmpdir(), 'valetkey-')), 'store.db')
  const store = await openSqlite(path)
  const db = new DatabaseSync(path)
  return {
    store,
    hand: { run: async (statement) => db.prepare(statement).all(), close: async () => db.close() },
  }
}

async function postgres(): Promise<{ store: Store; hand: Hand }> {
  const url = await createDatabase()
  const store = await openPostgres(url)
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  return {
    store,
    hand: { run: async (text) => (await client.query(text)).rows, close: () => client.end() },
  }
}

/** From then on no API key is revoked, and no endpoint of a webhook deleted: whoever tries breaks off. */
const breaks = {
  sqlite: [
    "create trigger stuck_keys before update on api_keys begin select raise(abort, 'stuck'); end",
    "create trigger stuck_hooks before delete on webhooks begin select raise(abort, 'stuck'); end",
  ],
  postgres: [
    "create function stuck() returns trigger language plpgsql as $$ begin raise 'stuck'; end $$",
    'create trigger stuck_keys before update on api_keys for each row execute function stuck()',
    'create trigger stuck_hooks before delete on webhooks for each row execute function stuck()',
  ],
}
const mends = {
  sqlite: ['drop trigger stuck_keys'],
  postgres: ['drop trigger stuck_keys on api_keys'],
}

const opens = { sqlite, postgres }
describe.each(['sqlite', 'postgres'] as const)('%s', (database) => {
  let store: Store
  let hand: Hand
  let scene: Scene
  beforeEach(async () => {
    ;({ store, hand } = await opens[database]())
    scene = await aScene(store)
  })
  afterEach(async () => {
    await hand.close()
    await store.close()
  })

  const breakIt = async () => {
    for (const statement of breaks[database]) await hand.run(statement)
  }
  const mendIt = async () => {
    for (const statement of mends[database]) await hand.run(statement)
  }
  const later = now + 100
  const stateOf = async (id: string) =>
    (await hand.run(`select state from clients where id = '${id}'`))[0]?.state
  /** As many as wanted, without the codes they came from. */
  const grantMany = async (count: number) => {
    const rows = Array.from(
      { length: count },
      () =>
        `('${randomUUID()}', '${scene.user.id}', '${scene.client.client_id}', '${scene.project.id}', 'r', '["read"]', ${now}, ${now + 86_400}, 'active')`,
    )
    await hand.run(
      `insert into grants (id, user_id, client_id, project_id, request_id, scopes, created_at, not_after, state) values ${rows.join(', ')}`,
    )
  }
  const listeners = async (count: number) => {
    for (let at = 0; at < count; at++)
      await hand.run(
        `insert into webhooks (id, developer_id, url, events, description, state, slow, created_at, listening_since)
        values ('${randomUUID()}', '${scene.developer.id}', 'https://hooks.example/', '["grant.revoked"]', '', 'active', 0, ${now - 10}, ${now - 10})`,
      )
  }

  test.each(['inactive', 'deleted'] as const)(
    'a client that becomes %s is shut out at once, and what broke off is finished without anybody asking',
    async (state) => {
      const { api_key, grant } = await aGrant(store, scene)
      await breakIt()
      await expect(store.clients.setState(scene.client.id, state, now)).rejects.toThrow()
      expect(await stateOf(scene.client.id)).toBe('inactive')
      await mendIt()
      await store.sweep(later)
      expect(await stateOf(scene.client.id)).toBe(state)
      expect((await store.apiKeys.findByHead(api_key.head))?.revoked_at).toBe(later)
      expect(await store.grants.find(grant.id)).toMatchObject({ state: 'revoked', revoked_by: 'developer' })
      expect(await hand.run('select * from endings')).toEqual([])
    },
  )

  test('whoever repeats what broke off finishes it', async () => {
    const { api_key } = await aGrant(store, scene)
    await breakIt()
    await expect(store.clients.setState(scene.client.id, 'deleted', now)).rejects.toThrow()
    await mendIt()
    expect(await store.clients.setState(scene.client.id, 'deleted', now + 1)).toBe(true)
    expect(await stateOf(scene.client.id)).toBe('deleted')
    expect((await store.apiKeys.findByHead(api_key.head))?.revoked_at).toBe(now + 1)
  })

  test('a client is not on again before all that it held has ended', async () => {
    const { api_key } = await aGrant(store, scene)
    await breakIt()
    await expect(store.clients.setState(scene.client.id, 'inactive', now)).rejects.toThrow()
    await expect(store.clients.setState(scene.client.id, 'active', now)).rejects.toThrow()
    expect(await stateOf(scene.client.id)).toBe('inactive')
    await mendIt()
    expect(await store.clients.setState(scene.client.id, 'active', now + 1)).toBe(true)
    expect((await store.apiKeys.findByHead(api_key.head))?.revoked_at).toBe(now + 1)
    const fresh = await aGrant(store, scene)
    await store.sweep(later)
    expect((await store.apiKeys.findByHead(fresh.api_key.head))?.revoked_at).toBeNull()
  })

  test('a suspension that broke off half-way reaches the other clients, and ends what it was to end', async () => {
    const { api_key } = await aGrant(store, scene)
    const others = Array.from({ length: 3 }, () => aClient(scene.developer.id))
    for (const other of others) await store.clients.add(other, aSecret(other.id))
    await breakIt()
    const { administration } = store
    await expect(
      administration.suspendAccount('developer', scene.developer.id, { end_access: true }, now),
    ).rejects.toThrow()
    await mendIt()
    await store.sweep(later)
    for (const { id } of [scene.client, ...others]) expect(await stateOf(id)).toBe('suspended')
    expect((await store.apiKeys.findByHead(api_key.head))?.revoked_at).toBe(later)
    expect(await administration.resumeAccount('developer', scene.developer.id, later)).toBe(true)
    for (const { id } of [scene.client, ...others]) expect(await stateOf(id)).toBe('active')
  })

  test.each([false, true])(
    'a developer who is let in again in the middle of a suspension has no suspended client (end_access: %s)',
    async (end_access) => {
      const clients = Array.from({ length: 20 }, () => aClient(scene.developer.id))
      for (const client of clients) await store.clients.add(client, undefined)
      const suspending = store.administration.suspendAccount(
        'developer',
        scene.developer.id,
        { end_access },
        now,
      )
      while ((await stateOf(scene.client.id)) !== 'suspended') await setImmediate()
      await store.administration.resumeAccount('developer', scene.developer.id, now)
      await suspending
      expect((await store.developers.find(scene.developer.id))?.state).toBe('active')
      expect(await hand.run("select id from clients where state <> 'active'")).toEqual([])
    },
  )

  test('a client that was left suspended under an active developer goes on when they are let in once more', async () => {
    await hand.run(
      "update clients set state = 'suspended', suspension = 'developer', resumes_as = 'active' where 1 = 1",
    )
    expect(await store.administration.resumeAccount('developer', scene.developer.id, now)).toBe(false)
    expect(await stateOf(scene.client.id)).toBe('active')
  })

  test('a deletion that cannot be finished keeps nothing else from being finished or swept', async () => {
    await listeners(1)
    await breakIt()
    await expect(
      store.administration.closeAccount('developer', scene.developer.id, 'operator', now),
    ).rejects.toThrow()
    const { user } = await aScene(store)
    await store.users.setState(user.id, 'closing')
    const failures: unknown[] = []
    await store.sweep(later, 500, (cause) => failures.push(cause))
    expect(failures).toHaveLength(1)
    expect((await store.users.find(user.id))?.state).toBe('deleted')
    expect((await store.developers.find(scene.developer.id))?.state).toBe('closing')
  })

  test('what was under way when a user was deleted adds nothing that is theirs', async () => {
    const asked = aRequest(scene, { scopes: ['read', 'bucket:diary'] })
    expect(await store.requests.add(asked)).toBe(true)
    await store.administration.closeAccount('user', scene.user.id, 'user', now)
    expect(await store.requests.add(aRequest(scene, { scopes: ['read', 'bucket:diary'] }))).toBe(false)
    expect(await store.projects.add(aProject(scene.user.id, { name: 'My diary' }))).toBe(false)
    const code = aCode(asked, scene.project, { approved_scopes: ['read', 'bucket:diary'] })
    expect(await store.requests.decide(asked.id, scene.user.id, approval, code, now)).toBe(false)
    const { requests, projects } = await store.administration.dossier(scene.user.id, now)
    expect(requests.map(({ scopes, state }) => [scopes, state])).toEqual([[['read'], 'waiting']])
    expect(projects).toEqual([])
  })

  test('however many grants and endpoints there are, no transaction is long, and others have their turn', async () => {
    await grantMany(1_200)
    await listeners(3)
    let turns = 0
    let done = false
    const others = (async () => {
      while (!done) {
        await setImmediate()
        turns++
      }
    })()
    expect(await store.clients.setState(scene.client.id, 'inactive', now)).toBe(true)
    done = true
    await others
    expect(turns).toBeGreaterThanOrEqual(2)
    expect(await hand.run("select id from grants where state = 'active'")).toEqual([])
    const told = 'select count(*) as told from webhook_deliveries'
    expect(Number((await hand.run(told))[0]?.told)).toBe(3_600)
    if (database === 'postgres')
      for (const each of await hand.run(`${told} group by xmin::text`))
        expect(Number(each.told)).toBeLessThanOrEqual(1_500)
  })
})
