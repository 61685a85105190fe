import { setTimeout as sleep } from 'node:timers/promises'
import { onPostgres, onStage } from '../on-stage.ts'
import type { Postgres } from '../postgres.ts'
import type { Fault } from '../run.ts'
import { type SmallDisk, smallDisk } from '../small-disk.ts'
import { trials } from '../stage.ts'

export const fullDiskSqlite: Fault = {
  name: 'full-disk-sqlite',
  title: 'full disk, SQLite',
  what: 'The disk of the data folder is filled to the last byte and freed again. The server is not touched.',
  times: { full: 10, quick: 2, smoke: 1 },
  run({ site, chance, times }) {
    const disk = smallDisk(site, 'disk', 192)
    const options = { name: 'on-disk', data: disk.folder, servers: [{}] }
    return onStage({ site, chance }, options, ({ stage, outcome }) =>
      trials(stage, outcome, times, () => whileFull(disk, chance.between(300, 1500))),
    )
  },
}

export const fullDiskPostgres: Fault = {
  name: 'full-disk-postgres',
  title: 'full disk, PostgreSQL',
  what: 'The disk of the database is filled and freed again. PostgreSQL may give up, and is started again; the servers are not touched.',
  times: { full: 10, quick: 2, smoke: 0 },
  run({ site, chance, times }) {
    const disk = smallDisk(site, 'pg-disk', 320)
    // Small, so that the log of the database wants room soon.
    const settings = ['max_wal_size=4MB', 'min_wal_size=2MB', 'wal_recycle=off', 'wal_init_zero=on']
    const options = { name: 'on-full', place: disk.folder, settings }
    return onPostgres({ site, chance }, options, ({ stage, outcome, postgres }) =>
      trials(stage, outcome, times, async () => {
        await whileFull(disk, chance.between(800, 2500))
        await revive(postgres)
      }),
    )
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
