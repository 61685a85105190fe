import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Where a run lives: a folder of its own, and everything it started. */
export interface Site {
  readonly folder: string
  /** A child that must not outlive this process. */
  own(child: ChildProcess): ChildProcess
  /** Is told how what was started is stopped. Last started, first stopped. */
  atEnd(stop: () => Promise<void> | void): void
}

/** Does the work in a folder of its own. What it started is ended by its process id, also after a failure. */
export async function onSite<Result>(work: (site: Site) => Promise<Result>): Promise<Result> {
  // Short and directly in the temporary folder: the path of a socket may have some hundred bytes at most.
  const folder = mkdtempSync(join(tmpdir(), 'valetkey-chaos-'))
  chmodSync(folder, 0o755) // PostgreSQL may run as somebody else
  const children = new Set<ChildProcess>()
  const closing: (() => Promise<void> | void)[] = []
  const killAll = (): void => {
    for (const child of children) child.kill('SIGKILL')
  }
  const leave = (): void => {
    killAll()
    for (const close of closing) void close()
    rmSync(folder, { recursive: true, force: true })
  }
  process.once('exit', leave)
  const interrupted = (): never => process.exit(1)
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, interrupted)
  try {
    return await work({
      folder,
      own(child) {
        children.add(child)
        child.once('exit', () => children.delete(child))
        return child
      },
      atEnd: (stop) => closing.unshift(stop),
    })
  } finally {
    const left = [...children].map((child) => once(child, 'exit'))
    killAll()
    await Promise.all(left)
    for (const close of closing) await close()
    rmSync(folder, { recursive: true, force: true })
    process.off('exit', leave)
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, interrupted)
  }
}

/**
 * A port on which nobody listens, and which the system gives to no outgoing connection while its server is dead: below
 * the usual ephemeral ones.
 */
export async function quietPort(): Promise<number> {
  for (let tries = 0; tries < 50; tries++) {
    const port = 12_000 + Math.floor(Math.random() * 18_000)
    const probe = createServer()
    const free = await new Promise<boolean>((resolve) => {
      probe.once('error', () => resolve(false))
      probe.listen(port, '127.0.0.1', () => resolve(true))
    })
    if (!free) continue
    probe.close()
    await once(probe, 'close')
    return port
  }
  throw new Error('no port is free')
}

/** Ends a process and waits until it is gone. */
export async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  child.kill(signal)
  await gone
}

/** Says how far it is, beside what it prints. */
export function tell(line: string): void {
  process.stderr.write(`${line}\n`)
}
