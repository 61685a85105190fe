import { spawnSync } from 'node:child_process'
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { Unavailable } from './run.ts'
import type { Site } from './site.ts'

/** A disk so small that it can be filled. */
export interface SmallDisk {
  readonly folder: string
  /** Writes until there is no room for another byte. */
  fill(): void
  free(): void
}

/** A file system in memory of this size. @throws Unavailable for whoever may not mount one */
export function smallDisk(site: Site, name: string, megabytes: number): SmallDisk {
  const folder = join(site.folder, name)
  mkdirSync(folder)
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m,mode=755`, 'tmpfs', folder], {
    encoding: 'utf8',
  })
  if (mounted.status !== 0)
    throw new Unavailable(`a small tmpfs cannot be mounted here: ${(mounted.stderr ?? '').trim()}`)
  site.atEnd(() => void spawnSync('umount', ['-l', folder]))
  const ballast = join(folder, 'ballast')
  return {
    folder,
    fill() {
      const file = openSync(ballast, 'a')
      try {
        for (const size of [1 << 20, 1 << 12, 1]) {
          const piece = Buffer.alloc(size)
          try {
            while (writeSync(file, piece) === size);
          } catch (error) {
            if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error
          }
        }
      } finally {
        closeSync(file)
      }
    },
    free: () => rmSync(ballast, { force: true }),
  }
}
