/** Builds that stand beside each other in one folder, while files whose names stay point into the newest. */
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** A process that runs from the build before may still have files of it to open. */
const buildsKept = 2

/**
 * Has `dist` point to the build of this name, which `make` puts into a folder, unless it does so already.
 *
 * @param make returns the names of the files that are started: each is reached by the same name in `dist`
 * @returns whether anything was to be done
 */
export async function pointTo(
  dist: string,
  build: string,
  make: (folder: string) => Promise<readonly string[]>,
): Promise<boolean> {
  const stamp = join(dist, '.build')
  const folder = join(dist, build)
  if (existsSync(folder) && existsSync(stamp) && readFileSync(stamp, 'utf8') === build) return false
  const fresh = `${folder}.${process.pid}`
  const entries = await make(fresh)
  rmSync(folder, { recursive: true, force: true })
  renameSync(fresh, folder)
  for (const entry of entries)
    replace(join(dist, entry), `#!/usr/bin/env node\nimport './${build}/${entry}'\n`)
  replace(stamp, build)
  for (const old of buildsIn(dist).slice(buildsKept))
    rmSync(join(dist, old), { recursive: true, force: true })
  return true
}

/** At once: whoever reads it meanwhile finds the old one or the new one. */
function replace(file: string, text: string): void {
  writeFileSync(`${file}.new`, text)
  renameSync(`${file}.new`, file)
}

/** The newest first. */
const buildsIn = (dist: string): readonly string[] =>
  readdirSync(dist, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => ({ name, at: statSync(join(dist, name)).mtimeMs }))
    .sort((one, other) => other.at - one.at)
    .map(({ name }) => name)
