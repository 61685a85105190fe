import { expect, test } from 'vitest'
import { createPasswords } from './passwords.ts'
import { Refusal } from './refusals.ts'

test('a password verifies against its own hash alone', async () => {
  const passwords = createPasswords()
  const stored = await passwords.hash('correct horse battery')
  expect(await passwords.verify(stored, 'correct horse battery')).toBe(true)
  expect(await passwords.verify(stored, 'correct horse batterY')).toBe(false)
  expect(await passwords.verify(stored, '')).toBe(false)
})

test('the hash is Argon2id with 19 MiB, two passes, one lane, and a salt of its own', async () => {
  const passwords = createPasswords()
  const [one, other] = [
    await passwords.hash('correct horse battery'),
    await passwords.hash('correct horse battery'),
  ]
  expect(one).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/)
  expect(one).not.toBe(other)
})

test('one password typed on two keyboards is one password', async () => {
  const passwords = createPasswords()
  expect(await passwords.verify(await passwords.hash('Zoe\u0308 was here'), 'Zo\u00eb was here')).toBe(true)
})

test('an unknown account never verifies, and costs as much as a known one', async () => {
  const passwords = createPasswords()
  const stored = await passwords.hash('correct horse battery')
  const known: number[] = []
  const unknown: number[] = []
  for (let round = 0; round < 9; round++) {
    known.push(await took(() => passwords.verify(stored, 'wrong')))
    unknown.push(await took(() => passwords.verify(undefined, 'wrong')))
  }
  expect(await passwords.verify(undefined, '')).toBe(false)
  expect(Math.min(...unknown)).toBeGreaterThan(Math.min(...known) * 0.5)
  expect(Math.min(...unknown)).toBeLessThan(Math.min(...known) * 2)
})

test('more than may wait are told to come back, and those who waited are served', async () => {
  const passwords = createPasswords({ atOnce: 1, waiting: 2 })
  const tries = await Promise.allSettled(Array.from({ length: 5 }, () => passwords.verify(undefined, 'any')))
  expect(tries.map(({ status }) => status)).toEqual([
    'fulfilled',
    'fulfilled',
    'fulfilled',
    'rejected',
    'rejected',
  ])
  const turnedAway = tries.flatMap((one) => (one.status === 'rejected' ? [one.reason as unknown] : []))
  expect(
    turnedAway.map((reason) => reason instanceof Refusal && [reason.reason, reason.retry_after]),
  ).toEqual([
    ['overloaded', 1],
    ['overloaded', 1],
  ])
  expect(await passwords.verify(undefined, 'later')).toBe(false)
})

async function took(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now()
  await work()
  return performance.now() - begun
}
