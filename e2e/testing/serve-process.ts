import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { SettingName } from '@valetkey/server'
import { builtProgram } from '../../scripts/built-program.ts'

/** `valetkey serve` as an operator runs it, in a process of its own. */
export interface ServeProcess {
  readonly url: string
  /** What it logged, line by line; lines that are no JSON are not kept. */
  readonly events: readonly LoggedEvent[]
  /** What it said beside its log, until now. */
  said(): string
  signal(signal: NodeJS.Signals): void
  /** The next line of this event that `after` lines of it did not show yet. */
  logged(event: string, count?: number): Promise<LoggedEvent>
  /** How it ended: its exit code, or the signal that killed it. */
  readonly ended: Promise<number | string>
  /** Ends it whatever it does, as the operating system does when it is out of patience. */
  kill(): Promise<void>
}

export interface LoggedEvent {
  readonly event: string
  readonly pid?: number
  readonly [field: string]: unknown
}

const running = new Set<ChildProcess>()
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

/** On a free port, if none is set. @throws what it said when it ended before it listened */
export async function startServe(
  settings: Partial<Record<SettingName, string>>,
  { node = [], flags = [] }: { readonly node?: readonly string[]; readonly flags?: readonly string[] } = {},
): Promise<ServeProcess> {
  const env = Object.fromEntries(
    Object.entries({ port: '0', ...settings }).map(([name, value]) => [
      `VALETKEY_${name.toUpperCase()}`,
      value,
    ]),
  )
  const child = spawn(process.execPath, [...node, builtProgram, 'serve', ...flags], {
    env: { PATH: process.env.PATH ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  running.add(child)
  const ended = once(child, 'exit').then(([code, signal]) => {
    running.delete(child)
    return (signal ?? code) as number | string
  })
  const events: LoggedEvent[] = []
  const waiting = new Set<() => void>()
  createInterface({ input: child.stdout }).on('line', (line) => {
    events.push(JSON.parse(line))
    for (const look of waiting) look()
  })
  let said = ''
  const url = await new Promise<string>((resolve, reject) => {
    child.stderr.on('data', (chunk) => {
      said += String(chunk)
      const address = /address +(\S+)\n/.exec(said)?.[1]
      if (address !== undefined) resolve(address)
    })
    ended.then((how) => reject(new Error(`the server ended with ${how}: ${said}`)), reject)
  })

  const logged = (event: string, count = 1): Promise<LoggedEvent> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        const found = events.filter((one) => one.event === event)[count - 1]
        if (found === undefined) return
        waiting.delete(look)
        resolve(found)
      }
      waiting.add(look)
      look()
      ended.then(() => reject(new Error(`the server ended and never logged ${event} ${count} times`)), reject)
    })

  return {
    url,
    events,
    said: () => said,
    ended,
    logged,
    signal: (signal) => void child.kill(signal),
    async kill() {
      child.kill('SIGKILL')
      await ended
    },
  }
}
