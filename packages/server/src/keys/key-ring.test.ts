import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { keyIdOf } from '../sealing.ts'
import { SettingError } from '../settings.ts'
import { addKeyToFile, dropOldKeys, loadKeyRing, watchKeyRing } from './key-ring.ts'

let data: string
const settings = () => ({ master_key: '', previous_master_keys: [], data })
const file = () => join(data, 'master.key')
const ids = () => {
  const { current, previous } = loadKeyRing(settings())
  return [current, ...previous].map(keyIdOf)
}
beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), 'valetkey-ring-'))
})
afterEach(() => rmSync(data, { recursive: true }))

test('a new key stands in front of the old one, for its owner alone, until the old one is dropped', () => {
  const [old] = ids()
  const next = addKeyToFile(settings())
  expect(ids()).toEqual([next, old])
  expect(statSync(file()).mode & 0o777).toBe(0o600)
  dropOldKeys(settings(), old === undefined ? [] : [old])
  expect(ids()).toEqual([next])
  expect([statSync(file()).mode & 0o777, readdirSync(data)]).toEqual([0o600, ['master.key']])
})

test('only the keys that were counted are dropped: not one that became old meanwhile, nor the current one', () => {
  const counted = ids()
  const sealing = addKeyToFile(settings())
  dropOldKeys(settings(), counted)
  const newest = addKeyToFile(settings())
  dropOldKeys(settings(), counted)
  expect(ids()).toEqual([newest, sealing])
  dropOldKeys(settings(), [newest, sealing])
  expect(ids()).toEqual([newest])
})

test('whoever was killed before the new key had its name is followed, not overtaken', () => {
  const [old] = ids()
  const prepared = 'cd'.repeat(32)
  writeFileSync(
    `${file()}.next`,
    `${prepared}\n${Buffer.from(loadKeyRing(settings()).current).toString('hex')}\n`,
    { mode: 0o600 },
  )
  expect(addKeyToFile(settings())).toBe(keyIdOf(Buffer.from(prepared, 'hex')))
  expect(ids()).toEqual([keyIdOf(Buffer.from(prepared, 'hex')), old])
})

test('what was prepared for other keys than those in the file is not taken', () => {
  const [old] = ids()
  writeFileSync(`${file()}.next`, `${'cd'.repeat(32)}\n${'ef'.repeat(32)}\n`, { mode: 0o600 })
  const next = addKeyToFile(settings())
  expect(next).not.toBe(keyIdOf(Buffer.alloc(32, 0xcd)))
  expect([ids(), readdirSync(data)]).toEqual([[next, old], ['master.key']])
})

test('further keys come from the setting, and from the file only where the current one does', () => {
  const previous_master_keys = ['ab'.repeat(32)]
  const [inFile] = ids()
  addKeyToFile(settings())
  const both = loadKeyRing({ ...settings(), previous_master_keys })
  expect(both.previous.map(keyIdOf)).toEqual([inFile, keyIdOf(Buffer.alloc(32, 0xab))])
  const named = loadKeyRing({ data, master_key: 'cd'.repeat(32), previous_master_keys })
  expect(named.previous.map(keyIdOf)).toEqual([keyIdOf(Buffer.alloc(32, 0xab))])
})

test('a change of the file is noticed two seconds later, at once when it is urgent, and once', () => {
  const [old] = ids()
  let now = 1_000_000
  const watch = watchKeyRing(settings(), { now: () => now / 1000, nowMs: () => now })
  const seen = (urgent: boolean) => watch?.(urgent) && ids()
  expect(seen(true)).toBeUndefined()
  const first = addKeyToFile(settings())
  expect(seen(false)).toBeUndefined()
  expect(seen(true)).toEqual([first, old])
  expect(seen(true)).toBeUndefined()
  dropOldKeys(settings(), old === undefined ? [] : [old])
  now += 1_999
  expect(seen(false)).toBeUndefined()
  now += 1
  expect(seen(false)).toEqual([first])
})

test('a file that is gone or holds something else is left alone until it is right again', () => {
  ids()
  const watch = watchKeyRing(settings(), { now: () => 1, nowMs: () => 1 })
  writeFileSync(file(), 'nonsense')
  expect(watch?.(true)).toBeUndefined()
  rmSync(file())
  expect(watch?.(true)).toBeUndefined()
  writeFileSync(file(), `${'ab'.repeat(32)}\n`, { mode: 0o600 })
  expect(watch?.(true)?.current).toEqual(Buffer.alloc(32, 0xab))
})

test('a key that is a setting does not change while the server runs', () => {
  expect(
    watchKeyRing({ ...settings(), master_key: 'ab'.repeat(32) }, { now: () => 1, nowMs: () => 1 }),
  ).toBeUndefined()
})

test('where no key file is none is changed', () => {
  expect(() => addKeyToFile(settings())).toThrow(SettingError)
  expect(() => dropOldKeys(settings(), [])).toThrow(SettingError)
  expect(readdirSync(data)).toEqual([])
})
