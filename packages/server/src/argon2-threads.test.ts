import { readdirSync, readFileSync } from 'node:fs'
import { getPriority } from 'node:os'
import { argon2id as wasmArgon2id } from 'hash-wasm'
import { expect, test } from 'vitest'
import { createArgon2Threads } from './argon2-threads.ts'

const cost = { salt: Buffer.alloc(32, 7), time: 1, memory_kib: 256, parallelism: 8, length: 32 }
const input = (password: string) => ({ ...cost, password: Buffer.from(password) })

/** What another implementation makes of it. */
const expected = (password: string): Promise<Uint8Array> =>
  wasmArgon2id({
    password,
    salt: cost.salt,
    iterations: cost.time,
    memorySize: cost.memory_kib,
    parallelism: cost.parallelism,
    hashLength: cost.length,
    outputType: 'binary',
  })

/** How many threads of this process everything else goes before; the library starts one of its own for a moment. */
function lowThreads(): number {
  const stats = readdirSync('/proc/self/task').map((id) => readFileSync(`/proc/self/task/${id}/stat`, 'utf8'))
  // The nineteenth field; the second, in parentheses, may hold spaces.
  return stats.filter((stat) => stat.slice(stat.lastIndexOf(')')).split(' ')[17] === '19').length
}

test('whoever asks at the same time gets the key of its own password, the second time as well', async () => {
  const derive = createArgon2Threads(300)
  const passwords = ['correct horse', 'battery', 'staple']
  for (let time = 1; time <= 2; time++) {
    const keys = await Promise.all(passwords.map((password) => derive(input(password))))
    expect(keys).toEqual(await Promise.all(passwords.map(expected)))
  }
})

test('a derivation that fails says why, and the next one works', async () => {
  const derive = createArgon2Threads(300)
  await expect(derive({ ...input('a password'), memory_kib: 1 })).rejects.toThrow(/memory/i)
  expect(await derive(input('a password'))).toEqual(await expected('a password'))
})

test.runIf(process.platform === 'linux')(
  'everything else goes before a derivation, and only there; a thread without work is ended',
  async () => {
    const derive = createArgon2Threads(2000)
    const usual = getPriority()
    await expect.poll(lowThreads).toBe(0)
    await Promise.all([derive(input('one')), derive(input('two'))])
    await expect.poll(lowThreads).toBeGreaterThanOrEqual(2)
    expect(getPriority()).toBe(usual)
    await expect.poll(lowThreads).toBe(0)
    await derive(input('three'))
    await expect.poll(lowThreads).toBeGreaterThanOrEqual(1)
  },
)
