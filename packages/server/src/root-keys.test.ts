import type { Argon2id } from '@valetkey/access-grant'
import { expect, test } from 'vitest'
import { createRootKeys } from './root-keys.ts'

const salt = Buffer.alloc(32, 7).toString('base64')

/** Counts derivations, and fails as long as it is told to. */
function counting() {
  const seen = { derivations: 0, fails: false }
  const argon2id: Argon2id = async ({ password }) => {
    seen.derivations++
    await new Promise((resolve) => setTimeout(resolve, 5))
    if (seen.fails) throw new Error('no memory')
    return Buffer.alloc(32, password.length)
  }
  return { seen, rootKeys: createRootKeys(argon2id) }
}

test('however many ask for the blank passphrase of a project at once, it is derived once', async () => {
  const { seen, rootKeys } = counting()
  const keys = await Promise.all(Array.from({ length: 100 }, () => rootKeys('', salt)))
  expect([seen.derivations, new Set(keys).size]).toEqual([1, 1])
  await rootKeys('', Buffer.alloc(32, 8).toString('base64'))
  expect(seen.derivations).toBe(2)
})

test('a derivation that failed is not remembered', async () => {
  const { seen, rootKeys } = counting()
  seen.fails = true
  await expect(rootKeys('', salt)).rejects.toThrow('no memory')
  seen.fails = false
  expect(await rootKeys('', salt)).toHaveLength(32)
})

test('a key from a passphrase is never kept', async () => {
  const { seen, rootKeys } = counting()
  await rootKeys('a secret', salt)
  await rootKeys('a secret', salt)
  expect(seen.derivations).toBe(2)
})
