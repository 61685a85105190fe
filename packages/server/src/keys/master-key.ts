import { randomBytes } from 'node:crypto'
import { readFileSync, statSync, unlinkSync } from 'node:fs'
import { keyFileIn, makeDataFolder } from '../data-folder.ts'
import { draftBeside, makeDraft, takeFreeName } from '../durable-file.ts'
import { errorCodeOf } from '../error-code.ts'
import { SettingError, type Settings } from '../settings.ts'

/**
 * The current master key, 32 bytes: from the setting, or from the first line of `master.key` in the data folder, which
 * the first start makes (readable by its owner alone, complete before it has its name, so that two first starts agree on
 * one key).
 *
 * @param options.mayCreate false beside a database that holds sealed secrets: a new key could not open them
 * @throws SettingError when the file is readable by others, holds no key, or is missing and may not be made
 */
export function loadMasterKey(
  settings: Pick<Settings, 'master_key' | 'data'>,
  { mayCreate = true } = {},
): Buffer {
  if (settings.master_key !== '') return Buffer.from(settings.master_key, 'hex')
  makeDataFolder(settings)
  const path = keyFileIn(settings)
  const [existing] = keysInFile(path) ?? []
  if (existing !== undefined) return existing
  if (!mayCreate)
    throw new SettingError(`${path} is missing, and the database holds secrets sealed with it; restore it`)
  const draft = draftOfKeys(path, [randomBytes(32)])
  try {
    takeFreeName(draft, path)
  } finally {
    unlinkSync(draft)
  }
  const [made] = keysInFile(path) ?? []
  if (made === undefined) throw new SettingError('the master key file vanished while it was made')
  return made
}

/**
 * The keys in the file, 32 bytes each: the current one, then those before it, a line each. Undefined when there is none.
 *
 * @throws SettingError when it is readable by others or holds something else
 */
export function keysInFile(path: string): readonly [Buffer, ...Buffer[]] | undefined {
  let content: string
  try {
    content = readFileSync(path, 'utf8').trim()
    if ((statSync(path).mode & 0o077) !== 0) {
      throw new SettingError(`${path} is readable by others; chmod 600 it`)
    }
  } catch (cause) {
    if (errorCodeOf(cause) === 'ENOENT') return undefined
    if (cause instanceof SettingError) throw cause
    throw new SettingError(`${path} cannot be read`, { cause })
  }
  const [first = '', ...others] = content.split(/\s+/)
  if (![first, ...others].every((line) => /^[0-9a-f]{64}$/i.test(line)))
    throw new SettingError(`${path} does not hold a master key (64 hex digits)`)
  return [Buffer.from(first, 'hex'), ...others.map((line) => Buffer.from(line, 'hex'))]
}

/** A file with these keys, the current one first, that has yet to get its name. @returns where it is */
export function draftOfKeys(path: string, keys: readonly Uint8Array[]): string {
  const draft = draftBeside(path)
  makeDraft(draft, keys.map((key) => `${Buffer.from(key).toString('hex')}\n`).join(''))
  return draft
}
