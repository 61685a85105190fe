import { setTimeout as sleep } from 'node:timers/promises'
import { createPostgres, type Postgres } from '../postgres.ts'
import type { Fault } from '../run.ts'
import { type SmallDisk, smallDisk } from '../small-disk.ts'
import { finish, newOutcome, openStage, trials } from '../stage.ts'

export const fullDiskSqlite: Fault = {
  name: 'full-disk-sqlite',
  title: 'full disk, SQLite',
  what: 'The disk of the data folder is filled to the last byte and freed again. The server is not touched.',
  times: { full: 10, quick: 2, smoke: 1 },
  async run({ site, chance, times }) {
    const outcome = newOutcome()
    const disk = smallDisk(site, 'disk', 192)
    const stage = await openStage(site, chance, { name: 'on-disk', data: disk.folder, servers: [{}] })
    outcome.ledgers.push(stage.ledger)
    await trials(stage, outcome, times, () => whileFull(disk, chance.between(300, 1500)))
    await finish(stage, outcome)
    return outcome
  },
}

export const fullDiskPostgres: Fault = {
  name: 'full-disk-postgres',
  title: 'full disk, PostgreSQL',
  what: 'The disk of the database is filled and freed again. PostgreSQL may give up, and is started again; the servers are not touched.',
  times: { full: 10, quick: 2, smoke: 0 },
  async run({ site, chance, times }) {
    const outcome = newOutcome()
    const disk = smallDisk(site, 'pg-disk', 320)
    // Small, so that the log of the database wants room soon.
    const settings = ['max_wal_size=4MB', 'min_wal_size=2MB', 'wal_recycle=off', 'wal_init_zero=on']
    const postgres = await createPostgres(site, 'pg-full', { place: disk.folder, settings })
    await postgres.start()
    const database_url = await postgres.createDatabase()
    const stage = await openStage(site, chance, { name: 'on-full', database_url, servers: [{}, {}] })
    outcome.ledgers.push(stage.ledger)
    await trials(stage, outcome, times, async () => {
      await whileFull(disk, chance.between(800, 2500))
      await revive(postgres)
    })
    await finish(stage, outcome)
    await postgres.end('SIGINT')
    return outcome
  },
}

async function whileFull(disk: SmallDisk, ms: number): Promise<void> {
  // More than once: what writes may free a page meanwhile.
  for (let left = ms; left > 0; left -= 100) {
    disk.fill()
    await sleep(100)
  }
  disk.free()
}

/** What a supervisor does: starts it again when it has ended. */
async function revive(postgres: Postgres): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    if (!postgres.running) await postgres.start()
    if ((await postgres.query('select 1').catch(() => undefined)) !== undefined) return
    await sleep(50)
  }
  throw new Error('PostgreSQL does not come back')
}
