import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { firstAnswer } from './load.ts'
import { median } from './median.ts'
import type { Asks } from './servers/asks.ts'

/** Where `valetkey serve` keeps what Node compiled; the others have it too. */
const compiled = fileURLToPath(new URL('../packages/cli/.cache', import.meta.url))

/** Which core is whose. Undefined where cores cannot be given away: not Linux, no `taskset`, or a single core. */
export interface Cores {
  readonly server: string
  readonly generator: string
}

/** Takes a core for the servers, and puts this process and what it starts later onto another. */
export function divideCores(): Cores | undefined {
  if (availableParallelism() < 2 || spawnSync('taskset', ['--version']).status !== 0) return undefined
  const allowed = spread(
    spawnSync('taskset', ['-cp', String(process.pid)], { encoding: 'utf8' })
      .stdout.split(':')
      .at(-1) ?? '',
  )
  const [server = 0, ...others] = allowed
  // Two hardware threads of one core would slow each other down.
  const siblings = spread(
    readFileSync(`/sys/devices/system/cpu/cpu${server}/topology/thread_siblings_list`, 'utf8'),
  )
  const generator = others.find((cpu) => !siblings.includes(cpu)) ?? others[0]
  if (generator === undefined) return undefined
  const pinned = spawnSync('taskset', ['-a', '-cp', String(generator), String(process.pid)])
  return pinned.status === 0 ? { server: String(server), generator: String(generator) } : undefined
}

/** `0-2,5` as `[0, 1, 2, 5]`. */
function spread(list: string): number[] {
  return list
    .trim()
    .split(',')
    .flatMap((range) => {
      const [from = 0, to = from] = range.split('-').map(Number)
      return Array.from({ length: to - from + 1 }, (_, index) => from + index)
    })
}

export interface Usage {
  /** Bytes. */
  readonly rss: number
  /** Microseconds of CPU since the start. */
  readonly cpu: number
}

/** A server in a process of its own, alone on its core. */
export interface Server {
  readonly port: number
  /** Milliseconds from its start to its first answer, the median of three starts. */
  readonly startMs: number
  /** After the first answer. */
  readonly idle: Usage
  ask<Verb extends keyof Asks>(verb: Verb, form: Asks[Verb]['form']): Promise<Asks[Verb]['answer']>
  stop(): Promise<void>
}

export interface ServerOptions {
  /** The path that is asked to learn that it is up. */
  readonly path: string
  readonly env?: Readonly<Record<string, string>>
  readonly nodeOptions?: readonly string[]
}

/** Starts `bench/servers/<name>.ts`, for good the third time. It ends by itself when this process does. */
export async function startServer(
  name: string,
  cores: Cores | undefined,
  options: ServerOptions,
): Promise<Server> {
  const starts: number[] = []
  for (let n = 1; n <= 2; n++) {
    const trial = await startOnce(name, cores, { ...options, nodeOptions: [] })
    starts.push(trial.startMs)
    await trial.stop()
  }
  const server = await startOnce(name, cores, options)
  const startMs = median([...starts, server.startMs])
  return { ...server, startMs, idle: await server.ask('usage', null) }
}

async function startOnce(
  name: string,
  cores: Cores | undefined,
  options: ServerOptions,
): Promise<Omit<Server, 'idle'>> {
  const program = fileURLToPath(new URL(`servers/${name}.ts`, import.meta.url))
  const node = [process.execPath, ...(options.nodeOptions ?? []), program]
  const [command = '', ...args] = cores === undefined ? node : ['taskset', '-c', cores.server, ...node]
  const begin = performance.now()
  const env = { PATH: process.env.PATH, NODE_ENV: 'production', NODE_COMPILE_CACHE: compiled, ...options.env }
  const child = spawn(command, args, { env, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  const exited = once(child, 'exit')
  const port = Number(await heard(child, exited, 'port'))
  await firstAnswer(port, options.path)
  const startMs = performance.now() - begin
  let questions = 0

  return {
    port,
    startMs,
    async ask(verb, form) {
      const id = `answer ${questions++}`
      const answer = heard(child, exited, id)
      child.send({ id, verb, form })
      return (await answer) as Asks[typeof verb]['answer']
    },
    async stop() {
      child.kill('SIGTERM')
      const patience = setTimeout(() => child.kill('SIGKILL'), 10_000)
      await exited
      clearTimeout(patience)
    },
  }
}

/** What the server says under this name; rejects when it ends instead. */
function heard(child: ChildProcess, exited: Promise<unknown[]>, name: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const listen = (said: Readonly<Record<string, unknown>>): void => {
      if (!(name in said)) return
      child.removeListener('message', listen)
      resolve(said[name])
    }
    child.on('message', listen)
    void exited.then(([code]) =>
      reject(new Error(`a server ended with ${String(code)}, its ${name} was awaited`)),
    )
  })
}
