import { execFile, spawnSync } from 'node:child_process'
import { cpSync, existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const runs = promisify(execFile)
const file = (path: string) => fileURLToPath(new URL(path, import.meta.url))

/** The `go` command, or undefined where Go is not installed. */
export function findGo(): string | undefined {
  return ['go', '/usr/local/go/bin/go'].find((go) => spawnSync(go, ['version']).status === 0)
}

/** Builds `program`; the first build downloads the pinned module. */
export async function buildGo(go: string, source: string, program: string): Promise<void> {
  await runs(go, ['build', '-buildvcs=false', '-o', program, '.'], { cwd: source })
}

/** A Python that can make a virtual environment and runs what the requirements pin, or undefined. */
export function findPython(): string | undefined {
  const fits = 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))'
  return ['python3', 'python'].find((python) => spawnSync(python, ['-c', fits]).status === 0)
}

/** A virtual environment, and what is installed in it. */
export interface PythonHome {
  readonly environment: string
  readonly requirements: string
}

const usualHome: PythonHome = {
  environment: file('../../.cache/python'),
  requirements: file('../python/requirements.txt'),
}

/** Makes the virtual environment, unless it is there with these requirements already. */
export async function preparePython(
  python: string,
  { environment, requirements }: PythonHome = usualHome,
): Promise<void> {
  const installed = `${environment}/requirements.txt`
  if (existsSync(installed) && readFileSync(installed, 'utf8') === readFileSync(requirements, 'utf8')) return
  await runs(python, ['-m', 'venv', '--clear', environment])
  const install = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', requirements]
  await runs(`${environment}/bin/python`, install)
  cpSync(requirements, installed)
}
