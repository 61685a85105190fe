import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { builtProgram } from '../scripts/built-program.ts'
import { end, type Site } from './site.ts'

/** In bytes, after a collection. */
export interface Memory {
  readonly rss: number
  /** What is still in use: objects, and bytes outside of the heap. */
  readonly live: number
}

/** A server as an operator runs it, `valetkey serve`, in a process that can be killed and started again. */
export interface ServerProcess {
  readonly name: string
  /** Where it is called. */
  readonly url: string
  readonly port: number
  readonly pid: number | undefined
  /** Resolves once it answers. @throws when it ends instead */
  start(): Promise<void>
  kill(): Promise<void>
  /** As a supervisor does it, with SIGTERM. Resolves with its exit code. */
  stop(): Promise<number | null>
  memory(): Promise<Memory>
  /** What it did by itself that nobody asked of it, such as ending. */
  readonly oddities: string[]
  /** The last lines it logged as errors. */
  lastErrors(most: number): readonly string[]
}

export interface ServerOptions {
  readonly name: string
  readonly port: number
  /** Its settings, `VALETKEY_…`, and what else is in its environment. */
  readonly env: Readonly<Record<string, string>>
  /** The folder of its source; this very one unless it is said. */
  readonly source?: string
  /** Whether its log is kept in a file. */
  readonly log?: boolean
}

const here = join(import.meta.dirname, '..')
const startPatienceMs = 60_000

export function serverProcess(
  site: Site,
  { name, port, env, source = here, log = true }: ServerOptions,
): ServerProcess {
  const url = `http://127.0.0.1:${port}`
  const logFile = join(site.folder, `${name}.log`)
  const oddities: string[] = []
  let child: ChildProcess | undefined
  let meant = false

  const spawned = (): ChildProcess => {
    const out = log ? openSync(logFile, 'a') : undefined
    const args = [
      '--expose-gc',
      '--import',
      join(import.meta.dirname, 'probe.ts'),
      programOf(source),
      'serve',
      '--json',
      '--port',
      String(port),
    ]
    const started = spawn(process.execPath, args, {
      cwd: source,
      env: { PATH: process.env.PATH, NODE_ENV: 'production', ...env },
      stdio: ['ignore', out ?? 'ignore', out ?? 'inherit', 'ipc'],
    })
    if (out !== undefined) closeSync(out)
    return site.own(started)
  }

  return {
    name,
    url,
    port,
    get pid() {
      return child?.pid
    },
    oddities,
    async start() {
      meant = false
      const started = spawned()
      child = started
      started.once('exit', (code, signal) => {
        if (!meant) oddities.push(`${name} ended by itself with ${code ?? signal}`)
      })
      const begin = performance.now()
      while (started.exitCode === null && started.signalCode === null) {
        const answer = await fetch(`${url}/healthz`, { signal: AbortSignal.timeout(2000) }).catch(
          () => undefined,
        )
        await answer?.arrayBuffer()
        if (answer?.status === 200) return
        if (performance.now() - begin > startPatienceMs) break
        await sleep(10)
      }
      throw new Error(`${name} does not start: ${lastLines(logFile, 3).join('\n')}`)
    },
    async kill() {
      meant = true
      if (child !== undefined) await end(child, 'SIGKILL')
    },
    async stop() {
      meant = true
      if (child === undefined) return null
      await end(child, 'SIGTERM')
      return child.exitCode
    },
    async memory() {
      if (child === undefined || !child.connected) throw new Error(`${name} does not run`)
      const answer = once(child, 'message', { signal: AbortSignal.timeout(30_000) })
      child.send('memory')
      const [memory] = await answer
      return memory
    },
    lastErrors: (most) =>
      lastLines(logFile, 2000)
        .filter((line) => line.includes('"level":"error"'))
        .slice(-most),
  }
}

function lastLines(file: string, most: number): readonly string[] {
  try {
    return readFileSync(file, 'utf8').trim().split('\n').slice(-most)
  } catch {
    return []
  }
}

/** What `npm run build` made; an earlier version, which is not built, says itself which file its program is. */
function programOf(source: string): string {
  if (source === here) return builtProgram
  const folder = join(source, 'packages/cli')
  return join(folder, JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).bin.valetkey)
}
