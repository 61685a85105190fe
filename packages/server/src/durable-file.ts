import { randomBytes } from 'node:crypto'
import { closeSync, fsyncSync, linkSync, openSync, renameSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { errorCodeOf } from './error-code.ts'

// A file is made under another name, is put on the disk, and gets its own name when it is whole: whoever looks, or finds
// what a crash left behind, finds all of it or nothing.

/** A name beside `path` that nobody else takes. */
export const draftBeside = (path: string): string => `${path}.${randomBytes(6).toString('hex')}.part`

/** For its owner alone; overwrites nothing. */
export function makeDraft(draft: string, text: string): void {
  const file = openSync(draft, 'wx', 0o600)
  try {
    writeSync(file, text)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

/**
 * Gives a draft its name as well, unless something has it, which stays as it is even when it came a moment ago.
 *
 * @returns whether the name was free
 */
export function takeFreeName(draft: string, path: string): boolean {
  try {
    linkSync(draft, path)
  } catch (cause) {
    if (errorCodeOf(cause) === 'EEXIST') return false
    throw cause
  }
  syncFolder(dirname(path))
  return true
}

/** Gives a draft its name, in the place of what had it. */
export function takeName(draft: string, path: string): void {
  renameSync(draft, path)
  syncFolder(dirname(path))
}

/** What is in the file is on the disk when this returns. */
export const syncFile = (path: string): void => sync(path, 'r+')

/** So that a name is on the disk as well as what it names. */
export const syncFolder = (path: string): void => sync(path, 'r')

function sync(path: string, flags: 'r' | 'r+'): void {
  const file = openSync(path, flags)
  try {
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}
