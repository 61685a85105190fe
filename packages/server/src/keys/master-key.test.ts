import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { SettingError } from '../settings.ts'
import { loadMasterKey } from './master-key.ts'

let data: string
beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), 'valetkey-key-'))
})
afterEach(() => rmSync(data, { recursive: true }))

test('the first start makes a key that its owner alone can read, and later starts find it', () => {
  const made = loadMasterKey({ master_key: '', data })
  expect(made).toHaveLength(32)
  expect(statSync(join(data, 'master.key')).mode & 0o777).toBe(0o600)
  expect(readdirSync(data)).toEqual(['master.key'])
  expect(loadMasterKey({ master_key: '', data })).toEqual(made)
})

test('the setting wins over the file and writes none', () => {
  const master_key = 'ab'.repeat(32)
  expect(loadMasterKey({ master_key, data }).toString('hex')).toBe(master_key)
  expect(readdirSync(data)).toEqual([])
})

test('a key file that cannot be read stops the start', () => {
  mkdirSync(join(data, 'master.key'))
  expect(() => loadMasterKey({ master_key: '', data })).toThrow(/master\.key cannot be read/)
})

test('a file that others may read, or that holds no key, stops the start and stays as it is', () => {
  const path = join(data, 'master.key')
  writeFileSync(path, `${'ab'.repeat(32)}\n`, { mode: 0o600 })
  chmodSync(path, 0o644)
  expect(() => loadMasterKey({ master_key: '', data })).toThrow(SettingError)
  chmodSync(path, 0o600)
  writeFileSync(path, 'not a key')
  expect(() => loadMasterKey({ master_key: '', data })).toThrow('does not hold a master key')
  expect(readFileSync(path, 'utf8')).toBe('not a key')
})
