import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { binaries } from '../bench/postgres.ts'
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

interface Choices {
  /** Where the data is, if not in the folder of the run: a folder that exists. */
  readonly place?: string
  readonly settings?: readonly string[]
}

export async function createPostgres(
  site: Site,
  name: string,
  { place, settings = [] }: Choices = {},
): Promise<Postgres> {
  const folder = join(site.folder, name)
  mkdirSync(folder)
  const owner = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {}
  for (const one of [folder, ...(place === undefined ? [] : [place])])
    if (owner.uid !== undefined) chownSync(one, owner.uid, owner.gid)
  const bin = binaries(folder, owner.uid !== undefined)
  const data = join(place ?? folder, 'data')
  const initdb = spawn(
    join(bin, 'initdb'),
    ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync', '--wal-segsize=1'],
    { ...owner, stdio: ['ignore', 'ignore', 'inherit'], cwd: '/' },
  )
  const [code] = await once(initdb, 'exit')
  if (code !== 0) throw new Error(`initdb ended with ${String(code)}`)

  const port = await quietPort()
  const flags = [
    `port=${port}`,
    'listen_addresses=127.0.0.1',
    `unix_socket_directories=${folder}`,
    'max_connections=200',
    'fsync=on',
    'synchronous_commit=on',
    ...settings,
  ].flatMap((setting) => ['-c', setting])
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`
  let child: ChildProcess | undefined
  let databases = 0

  const startOnce = async (): Promise<boolean> => {
    const started = site.own(
      spawn(join(bin, 'postgres'), ['-D', data, ...flags], {
        ...owner,
        stdio: ['ignore', 'ignore', 'pipe'],
        cwd: '/',
      }),
    )
    child = started
    return new Promise<boolean>((resolve) => {
      started.once('exit', () => resolve(false))
      if (started.stderr !== null)
        createInterface({ input: started.stderr }).on('line', (line) => {
          if (line.includes('ready to accept connections')) resolve(true)
        })
    })
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
