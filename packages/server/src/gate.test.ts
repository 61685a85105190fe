import { expect, test } from 'vitest'
import { createGate } from './gate.ts'
import { Refusal } from './refusals.ts'

test('never more than so many run at once, and all who were let in line are served in order', async () => {
  const gate = createGate(2, 10)
  const served: number[] = []
  let running = 0
  let most = 0
  const work = (number: number) => async () => {
    running += 1
    most = Math.max(most, running)
    await new Promise((resolve) => setImmediate(resolve))
    served.push(number)
    running -= 1
  }
  await Promise.all(Array.from({ length: 12 }, (_, number) => gate(work(number))))
  expect(most).toBe(2)
  expect(served).toEqual(Array.from({ length: 12 }, (_, number) => number))
})

test('overloaded: whoever finds the line full is told to come back', async () => {
  const gate = createGate(1, 1)
  const [first, second, third] = [gate(soon), gate(soon), gate(soon)]
  await expect(third).rejects.toMatchObject({ reason: 'overloaded', retry_after: 1 })
  await expect(third).rejects.toBeInstanceOf(Refusal)
  await expect(Promise.all([first, second])).resolves.toEqual([undefined, undefined])
  await expect(gate(soon)).resolves.toBeUndefined()
})

test('work that fails gives its place to the next', async () => {
  const gate = createGate(1, 1)
  const failing = gate(async () => {
    await soon()
    throw new Error('broken')
  })
  const next = gate(async () => 'served')
  await expect(failing).rejects.toThrow('broken')
  await expect(next).resolves.toBe('served')
})

const soon = () => new Promise<void>((resolve) => setImmediate(resolve))
