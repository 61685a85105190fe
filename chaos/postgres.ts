import type { ChildProcess } from 'node:child_process'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { createCluster, untilReady } from '../e2e/testing/cluster.ts'
import { end, quietPort, type Site } from './site.ts'

/** A PostgreSQL that can be killed and started again, by whoever supervises it. Durable, as people run it for real. */
export interface Postgres {
  readonly port: number
  readonly url: string
  /** Resolves once it takes connections. Tries again while what was killed is not quite gone. */
  start(): Promise<void>
  /** SIGKILL for `kill -9`, SIGQUIT for `pg_ctl stop -m immediate`, SIGINT for a stop. */
  end(signal: 'SIGKILL' | 'SIGQUIT' | 'SIGINT'): Promise<void>
  /** Whether the process is there. */
  readonly running: boolean
  /** An empty database; its URL. */
  createDatabase(): Promise<string>
  /** Kills the process behind one connection of a server with SIGKILL; false when there was none. */
  killBackend(): Promise<boolean>
  query(text: string): Promise<readonly Record<string, unknown>[]>
}

export interface PostgresChoices {
  /** Where the data is, if not in the folder of the run: a folder that exists. */
  readonly place?: string | undefined
  readonly settings?: readonly string[] | undefined
}

export async function createPostgres(
  site: Site,
  name: string,
  { place, settings = [] }: PostgresChoices = {},
): Promise<Postgres> {
  const cluster = await createCluster({
    folder: join(site.folder, name),
    place,
    port: await quietPort(),
    settings: ['max_connections=200', 'fsync=on', 'synchronous_commit=on', ...settings],
    flags: ['--no-sync', '--wal-segsize=1'],
  })
  const { port, url } = cluster
  let child: ChildProcess | undefined
  let databases = 0

  const startOnce = async (): Promise<boolean> => {
    child = site.own(cluster.start())
    return untilReady(child).then(
      () => true,
      () => false,
    )
  }

  const query = async (text: string, database = url): Promise<readonly Record<string, unknown>[]> => {
    const client = new pg.Client({ connectionString: database })
    client.on('error', () => undefined)
    await client.connect()
    try {
      return (await client.query(text)).rows
    } finally {
      await client.end()
    }
  }

  return {
    port,
    url,
    get running() {
      return child !== undefined && child.exitCode === null && child.signalCode === null
    },
    async start() {
      for (let tries = 0; tries < 100; tries++) {
        if (await startOnce()) return
        await sleep(100)
      }
      throw new Error('PostgreSQL does not start')
    },
    async end(signal) {
      if (child !== undefined) await end(child, signal)
    },
    async createDatabase() {
      const database = `site_${databases++}`
      await query(`create database ${database}`)
      return url.replace(/postgres$/, database)
    },
    async killBackend() {
      const [row] = await query(
        `select pid from pg_stat_activity where application_name = 'valetkey' and pid <> pg_backend_pid()
         order by state = 'active' desc, random() limit 1`,
      )
      if (row === undefined) return false
      process.kill(Number(row.pid), 'SIGKILL')
      return true
    },
    query: (text) => query(text),
  }
}
