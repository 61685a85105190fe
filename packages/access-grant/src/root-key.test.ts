import { expect, test } from 'vitest'
import { deriveRootKey } from './root-key.ts'

test('an Argon2id that answers another length than 32 bytes is not believed', async () => {
  const form = { passphrase: 'x', salt: new Uint8Array(16) }
  const answering = (length: number) =>
    deriveRootKey({ ...form, argon2id: async () => new Uint8Array(length) })
  await expect(answering(32)).resolves.toEqual(new Uint8Array(32))
  await expect(answering(31)).rejects.toMatchObject({ code: 'key' })
})

test('a project is derived with 64 MiB, one pass and eight lanes, unless told otherwise', async () => {
  const seen: unknown[] = []
  const argon2id = async ({ password, salt, ...cost }: { password: Uint8Array; salt: Uint8Array }) => {
    seen.push({ ...cost, passwordLength: password.length, saltLength: salt.length })
    return new Uint8Array(32)
  }
  await deriveRootKey({ passphrase: 'ü', salt: new Uint8Array(16), argon2id })
  await deriveRootKey({ passphrase: new Uint8Array(), salt: new Uint8Array(32), argon2id, parallelism: 1 })
  const cost = { time: 1, memory_kib: 65_536, length: 32, saltLength: 32 }
  expect(seen).toEqual([
    { ...cost, parallelism: 8, passwordLength: 2 },
    { ...cost, parallelism: 1, passwordLength: 0 },
  ])
})
