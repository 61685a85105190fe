import {
  chmodSync,
  closeSync,
  fdatasyncSync,
  mkdtempSync,
  openSync,
  rmSync,
  statfsSync,
  writeSync,
} from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Cores, divideCores } from './child.ts'
import { median } from './median.ts'

/** Where servers are measured. */
export interface Place {
  /** For their data; removed at the end. */
  readonly folder: string
  readonly cores: Cores | undefined
  readonly machine: { readonly cpu: string | undefined; readonly cores: number; readonly node: string }
  /** Is told how what was started is stopped. Last started, first stopped. */
  atEnd(stop: () => Promise<void>): void
}

/** The type of a file system in memory. @source Linux, include/uapi/linux/magic.h */
const tmpfs = 0x01021994

/** Does the work in a folder of its own. Whatever it started is ended, also after a failure. */
export async function inPlace(work: (place: Place) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'valetkey-bench-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))
  chmodSync(folder, 0o755) // PostgreSQL may run as somebody else
  if (statfsSync(folder).type === tmpfs)
    tell(`${folder} is in memory, so nothing is durable: set TMPDIR to a disk`)
  const machine = { cpu: cpus()[0]?.model.trim(), cores: cpus().length, node: process.version }
  const cores = divideCores()
  tell(
    cores === undefined
      ? 'no cores to give away here: servers and generator share them'
      : `servers on core ${cores.server}, generator and PostgreSQL on core ${cores.generator}`,
  )
  const closing: (() => Promise<void>)[] = []
  try {
    await work({ folder, cores, machine, atEnd: (stop) => closing.unshift(stop) })
  } finally {
    for (const close of closing) await close()
  }
}

/** Milliseconds for 4 kB appended to a file and synced; the median of 200. */
export function syncMs(folder: string): number {
  const path = join(folder, 'sync')
  const file = openSync(path, 'w')
  const bytes = Buffer.alloc(4096, 1)
  const times = Array.from({ length: 200 }, () => {
    const begin = performance.now()
    writeSync(file, bytes)
    fdatasyncSync(file)
    return performance.now() - begin
  })
  closeSync(file)
  rmSync(path)
  return median(times)
}

/** Says how far it is, beside what it prints. */
export function tell(line: string): void {
  process.stderr.write(`${line}\n`)
}
