import { expect, test } from 'vitest'
import { reachOf } from './grant.ts'

test('a newer, narrower grant does not hide what an older one still opens', () => {
  expect(
    reachOf([
      ['read', 'bucket:tiny;a'],
      ['read', 'write', 'delete'],
    ]),
  ).toEqual(['read', 'write', 'delete'])
})

test('grants for places add up, each scope once', () => {
  expect(
    reachOf([
      ['read', 'bucket:one'],
      ['read', 'list', 'bucket:two;a'],
    ]),
  ).toEqual(['read', 'bucket:one', 'list', 'bucket:two;a'])
})
