import { setImmediate } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { collectGarbage } from './collect-garbage.ts'

test('what is not used any more is given back, and what is used stays', async () => {
  const kept = {}
  const [left, used] = [new WeakRef({}), new WeakRef(kept)]
  // What a WeakRef was made from lives to the end of this turn.
  await setImmediate()
  await collectGarbage()
  expect([left.deref(), used.deref()]).toEqual([undefined, kept])
})
