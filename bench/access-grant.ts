import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createAccessGrant, createMacaroon, parseNodeUrl, serializeAccessGrant } from '@valetkey/access-grant'
import { findGo } from '../interop/judge.ts'
import type { Cores } from './child.ts'

/** Nanoseconds for parsing an access grant, restricting it to a prefix and serializing it; NaN where Go is missing. */
export interface AccessGrantCosts {
  readonly ours: number
  readonly goInWebAssembly: number
  readonly goNative: number
}

const source = fileURLToPath(new URL('../interop/go', import.meta.url))
const loop = fileURLToPath(new URL('access-grant-loop.ts', import.meta.url))

/** The same work in three programs, three times in turn on one core; the quickest batch of each counts. */
export function measureAccessGrant(folder: string, cores: Cores | undefined, ms: number): AccessGrantCosts {
  const text = anAccessGrant()
  const run = (command: string, ...args: string[]): number => {
    const all = [command, ...args, text, String(ms)]
    const [first = '', ...rest] = cores === undefined ? all : ['taskset', '-c', cores.server, ...all]
    // Go's glue for WebAssembly writes the environment into its memory, which is small.
    return Number(execFileSync(first, rest, { encoding: 'utf8', env: { PATH: process.env.PATH ?? '' } }))
  }
  const go = findGo()
  if (go === undefined)
    return { ours: run(process.execPath, loop), goInWebAssembly: Number.NaN, goNative: Number.NaN }
  const build = (name: string, env: NodeJS.ProcessEnv): string => {
    const program = join(folder, name)
    const args = ['build', '-buildvcs=false', '-o', program, './speed']
    execFileSync(go, args, {
      cwd: source,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'ignore', 'inherit'],
    })
    return program
  }
  const root = execFileSync(go, ['env', 'GOROOT'], { encoding: 'utf8' }).trim()
  const glue = join(root, 'lib', 'wasm', 'wasm_exec_node.js')
  const wasm = build('speed.wasm', { GOOS: 'js', GOARCH: 'wasm' })
  const native = build('speed-native', {})
  const rounds = Array.from({ length: 3 }, () => ({
    ours: run(process.execPath, loop),
    goInWebAssembly: run(process.execPath, '--stack-size=8192', glue, wasm),
    goNative: run(native),
  }))
  const quickest = (name: keyof AccessGrantCosts) => Math.min(...rounds.map((round) => round[name]))
  return {
    ours: quickest('ours'),
    goInWebAssembly: quickest('goInWebAssembly'),
    goNative: quickest('goNative'),
  }
}

function anAccessGrant(): string {
  const api_key = createMacaroon({ head: randomBytes(32), secret: randomBytes(32) })
  const satellite = '12EayRS2V1kEsWESU9QMRseFhdxYxKicsiFmxrsLZHeLUtdps3S@satellite.example:7777'
  parseNodeUrl(satellite)
  return serializeAccessGrant(
    createAccessGrant({ satellite_address: satellite, api_key, root_key: randomBytes(32) }),
  )
}
