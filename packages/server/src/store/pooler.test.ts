/** The store through PgBouncer in transaction mode, where every transaction may meet another session. */
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { createDatabase } from '../../../../e2e/testing/database.ts'
import { findPgbouncer, type Pgbouncer, startPgbouncer } from '../../../../e2e/testing/pgbouncer.ts'
import { isPooled } from './pooler.ts'
import { openPostgres } from './postgres.ts'
import { storeContract, twoServersContract } from './testing/contract.ts'
import { anAccount } from './testing/scene.ts'

const program = findPgbouncer()

test('without a pooler there is none', async () => {
  expect(await isPooled({ connectionString: await createDatabase() })).toBe(false)
})

// CI installs it; `npm test` says so where it is missing.
describe.runIf(program !== undefined)('through PgBouncer in transaction mode', () => {
  let pgbouncer: Pgbouncer
  beforeAll(async () => {
    pgbouncer = await startPgbouncer(program ?? '', inject('postgresUrl'))
  })
  afterAll(() => pgbouncer.stop())
  const pooledDatabase = async () => pgbouncer.urlOf(await createDatabase())

  test('it is noticed', async () => {
    expect(await isPooled({ connectionString: await pooledDatabase() })).toBe(true)
  })

  storeContract('postgres', async () => openPostgres(await pooledDatabase()))
  twoServersContract('postgres', pooledDatabase, openPostgres)

  test('one that was not noticed costs no statement: what a session has forgotten is asked without a name', async () => {
    const url = await pooledDatabase()
    const store = await openPostgres(url, { prepared: 'on' })
    const accounts = Array.from({ length: 40 }, () => anAccount())
    await Promise.all(accounts.map((account) => store.users.add(account)))
    for (let round = 0; round < 3; round++) {
      const found = await Promise.all(accounts.map(({ id }) => store.users.find(id)))
      expect(found).toEqual(accounts)
    }
    await store.close()
  })
})
