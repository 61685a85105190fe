import { randomBytes } from 'node:crypto'
import { renameSync, statSync, unlinkSync } from 'node:fs'
import { dirname } from 'node:path'
import { keyFileIn } from '../data-folder.ts'
import type { Clock } from '../deps.ts'
import { syncFolder, takeFreeName, takeName } from '../durable-file.ts'
import { errorCodeOf } from '../error-code.ts'
import { type KeyRing, keyIdOf, type SealerOptions } from '../sealing.ts'
import { SettingError, type Settings } from '../settings.ts'
import { draftOfKeys, keysInFile, loadMasterKey } from './master-key.ts'

export type KeySettings = Pick<Settings, 'master_key' | 'previous_master_keys' | 'data'>

/**
 * All master keys: the current one, from the setting or the first line of `master.key`, and those that still open what
 * was sealed before, from the other setting and the further lines.
 *
 * @param options.mayCreate as in `loadMasterKey`
 * @throws SettingError
 */
export function loadKeyRing(settings: KeySettings, options: { mayCreate?: boolean } = {}): KeyRing {
  const current = loadMasterKey(settings, options)
  const [, ...inFile] = settings.master_key === '' ? (keysInFile(keyFileIn(settings)) ?? []) : []
  return { current, previous: [...inFile, ...settings.previous_master_keys.map(bytesOf)] }
}

const bytesOf = (hex: string): Buffer => Buffer.from(hex, 'hex')

const lookEveryMs = 2_000

/**
 * Lets a running server notice that its key file changed: within two seconds when it seals, at once when it meets a key
 * that it does not know. A file that cannot be read is left for the next look. Undefined where the key is a setting.
 */
export function watchKeyRing(settings: KeySettings, clock: Clock): SealerOptions['renewed'] {
  if (settings.master_key !== '') return undefined
  const path = keyFileIn(settings)
  let [seen, lookedAt] = [stampOf(path), clock.nowMs()]
  return (urgent) => {
    const now = clock.nowMs()
    if (!urgent && Math.abs(now - lookedAt) < lookEveryMs) return undefined
    lookedAt = now
    const stamp = stampOf(path)
    if (stamp === seen || stamp === undefined) return undefined
    try {
      const ring = loadKeyRing(settings, { mayCreate: false })
      seen = stamp
      return ring
    } catch (error) {
      if (error instanceof SettingError) return undefined
      throw error
    }
  }
}

/** How long after a change of the file the last server seals with the new key. */
export const noticedWithinMs = lookEveryMs + 1_000

function stampOf(path: string): string | undefined {
  const stat = statSync(path, { throwIfNoEntry: false, bigint: true })
  return stat && `${stat.ino} ${stat.mtimeNs} ${stat.size}`
}

/**
 * Puts a new key in front of those in the file, on the disk before it has its name. Whoever does the same at the same
 * time, or was killed while doing it, comes to the same new key.
 *
 * @returns the id of the current key afterwards
 */
export function addKeyToFile(settings: Pick<Settings, 'data'>): string {
  const path = keyFileIn(settings)
  const next = `${path}.next`
  const keys = keysInFile(path)
  if (keys === undefined) throw new SettingError(`${path} is missing`)
  const draft = draftOfKeys(path, [randomBytes(32), ...keys])
  try {
    takeFreeName(draft, next)
  } finally {
    unlinkSync(draft)
  }
  const now = keysInFile(path) ?? []
  if (areSame(now, keys)) {
    const [, ...follows] = keysInFile(next) ?? []
    if (!areSame(follows, keys)) {
      quietly(() => unlinkSync(next))
      return addKeyToFile(settings)
    }
    quietly(() => renameSync(next, path))
    syncFolder(dirname(path))
  } else {
    // Somebody else has just added one: that is the new key.
    quietly(() => unlinkSync(next))
  }
  const [current] = keysInFile(path) ?? []
  if (current === undefined) throw new SettingError(`${path} vanished while a key was added`)
  return keyIdOf(current)
}

const areSame = (some: readonly Buffer[], others: readonly Buffer[]): boolean =>
  some.length === others.length && some.every((key, at) => others[at]?.equals(key))

/**
 * Takes these keys out of the file, never the current one: what became an old key since somebody looked is not among
 * those that were found to be of no more use.
 */
export function dropOldKeys(settings: Pick<Settings, 'data'>, key_ids: readonly string[]): void {
  const path = keyFileIn(settings)
  const keys = keysInFile(path) ?? []
  if (keys.length === 0) throw new SettingError(`${path} is missing`)
  const kept = keys.filter((key, at) => at === 0 || !key_ids.includes(keyIdOf(key)))
  if (kept.length === keys.length) return
  const draft = draftOfKeys(path, kept)
  if (areSame(keysInFile(path) ?? [], keys)) {
    takeName(draft, path)
  } else {
    // A key was added meanwhile.
    unlinkSync(draft)
    dropOldKeys(settings, key_ids)
  }
}

/** What somebody else did a moment before needs no doing. */
function quietly(work: () => void): void {
  try {
    work()
  } catch (cause) {
    if (errorCodeOf(cause) !== 'ENOENT') throw cause
  }
}
