import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { newUserCode, parseUserCode, shownUserCode } from './user-code.ts'

test('every letter is as likely as every other', () => {
  const counts = new Map<string, number>()
  for (let made = 0; made < 5_000; made++)
    for (const letter of newUserCode(randomBytes)) counts.set(letter, (counts.get(letter) ?? 0) + 1)
  expect(counts.size).toBe(20)
  // 2,000 of each are expected; six standard deviations are 262.
  for (const count of counts.values()) expect(Math.abs(count - 2_000)).toBeLessThan(262)
})

test.each(['BCDF-GHJK', 'bcdfghjk', ' bcdf ghjk ', 'b-c-d-f-g-h-j-k', 'BCDF–GHJK'.replace('–', '-')])(
  'the code typed as "%s" is the one that was shown',
  (typed) => expect(parseUserCode(typed)).toBe('BCDFGHJK'),
)

test.each(['', 'BCDF-GHJ', 'BCDF-GHJKL', 'ABCD-EFGH', 'BCDF-GHJ0', 'ＢCDFGHJK'])('"%s" is no code', (typed) =>
  expect(parseUserCode(typed)).toBeUndefined(),
)

test('what is shown can be typed as it is', () => {
  const code = newUserCode(randomBytes)
  expect(parseUserCode(shownUserCode(code))).toBe(code)
})
