import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { createCluster, untilReady } from './cluster.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** A PostgreSQL server for this run alone, as its superuser; `createDatabase` makes a database in it. */
    postgresUrl: string
  }
}

/** Brings a real PostgreSQL up for the run of the tests and takes it down afterwards. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await startPostgres()
  project.provide('postgresUrl', server.url)
  return server.stop
}

export interface Server {
  readonly url: string
  /** The folder of its files. */
  readonly data: string
  /** Ends it and removes its files. */
  stop(): Promise<void>
}

/** Nothing is synced to the disk, since nothing outlives the run. */
const careless = ['max_connections=200', 'fsync=off', 'synchronous_commit=off', 'full_page_writes=off']

/** On an empty database, or on a copy of the files of another server. */
export async function startPostgres(copyOf?: string): Promise<Server> {
  // Short and directly in the temporary folder.
  const folder = mkdtempSync(join(tmpdir(), 'valetkey-pg-'))
  const remove = () => rmSync(folder, { recursive: true, force: true })
  let postgres: ChildProcess | undefined
  try {
    const cluster = await createCluster({ folder, copyOf, settings: careless, flags: ['--no-sync'] })
    const running = cluster.start()
    postgres = running
    await untilReady(running)
    return { url: cluster.url, data: cluster.data, stop: () => stop(running).finally(remove) }
  } catch (error) {
    if (postgres !== undefined) await stop(postgres)
    remove()
    throw error
  }
}

/** Ends at once, with connections open or not. */
async function stop(postgres: ChildProcess): Promise<void> {
  if (postgres.pid === undefined || postgres.exitCode !== null || postgres.signalCode !== null) return
  const ended = once(postgres, 'exit')
  postgres.kill('SIGINT')
  await ended
}
