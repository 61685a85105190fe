/** Every platform's binary that a dependency lists must be in the lockfile, or `npm ci` refuses it there (npm/cli#9846). */
import { readFileSync } from 'node:fs'

interface Locked {
  readonly optionalDependencies?: Readonly<Record<string, string>>
  readonly resolved?: string
}

const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8')) as {
  packages: Record<string, Locked>
}

function isLocked(at: string, dependency: string): boolean {
  for (let folder = at; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('node_modules/') - 1))) {
    if (packages[`${folder === '' ? '' : `${folder}/`}node_modules/${dependency}`] !== undefined) return true
    if (folder === '') return false
  }
}

const missing = Object.entries(packages).flatMap(([at, { optionalDependencies = {} }]) =>
  Object.keys(optionalDependencies).filter((name) => !isLocked(at, name)),
)
if (missing.length > 0) throw new Error(`the lockfile lacks: ${missing.join(' ')}`)
const addressed = Object.entries(packages).filter(([, { resolved }]) => resolved?.startsWith('http'))
if (addressed.length > 0) throw new Error(`the lockfile records ${addressed.length} download addresses`)
console.log('lockfile: complete')
