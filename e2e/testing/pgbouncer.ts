import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { createInterface } from 'node:readline'
import { freePort } from './free-port.ts'

/** The program, or undefined where there is none; `PGBOUNCER` names another one. */
export function findPgbouncer(): string | undefined {
  if (process.env.PGBOUNCER !== undefined) return process.env.PGBOUNCER
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin']
  return folders.map((folder) => join(folder, 'pgbouncer')).find((path) => existsSync(path))
}

export interface Pgbouncer {
  /** Where a database of the server behind it is reached. */
  urlOf(database_url: string): string
  stop(): Promise<void>
}

/**
 * A PgBouncer in transaction mode before the PostgreSQL of this URL, with fewer connections to it than its callers have,
 * so that no two transactions need to meet the same session. It ignores no startup parameter.
 */
export async function startPgbouncer(program: string, postgres: string): Promise<Pgbouncer> {
  const { hostname, port: postgresPort } = new URL(postgres)
  const home = mkdtempSync(join(tmpdir(), 'valetkey-pgbouncer-'))
  const port = await freePort()
  const file = join(home, 'pgbouncer.ini')
  writeFileSync(
    file,
    `[databases]
* = host=${hostname} port=${postgresPort} user=postgres
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 5
max_client_conn = 200
server_round_robin = 1
`,
  )
  // It does not run as root; `nobody` is 65534 everywhere.
  const owner = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {}
  if (owner.uid !== undefined) for (const path of [home, file]) chownSync(path, owner.uid, owner.gid)
  const child: ChildProcess = spawn(program, [file], {
    ...owner,
    stdio: ['ignore', 'ignore', 'pipe'],
    cwd: '/',
  })
  const ended = once(child, 'exit')
  const kill = (): void => void child.kill('SIGKILL')
  process.once('exit', kill)
  await new Promise<void>((resolve, reject) => {
    const said: string[] = []
    if (child.stderr !== null)
      createInterface({ input: child.stderr }).on('line', (line) => {
        if (said.length < 50) said.push(line)
        if (line.includes('process up')) resolve()
      })
    ended.then(() => reject(new Error(`pgbouncer ended: ${said.join('\n')}`)), reject)
  })
  return {
    urlOf(database_url) {
      const url = new URL(database_url)
      url.host = `127.0.0.1:${port}`
      return url.href
    },
    async stop() {
      process.off('exit', kill)
      kill()
      await ended
      rmSync(home, { recursive: true, force: true })
    },
  }
}
