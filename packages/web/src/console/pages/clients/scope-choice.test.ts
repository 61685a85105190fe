import { expect, test } from 'vitest'
import { choiceOf, scopesOf } from './scope-choice.ts'

test('what is registered is shown, and shown means the same when it is saved', () => {
  for (const scopes of [
    [],
    ['read', 'list'],
    ['read', 'delete', 'bucket:photos', 'bucket:photos;2024/my trips'],
  ])
    expect(scopesOf(choiceOf(scopes))).toEqual({ ok: true, scopes })
})

test('places are taken with and without the word before them, blank lines are not', () => {
  const choice = { anything: false, actions: ['read'], places: ' photos \n\nbucket:music;live\n' } as const
  expect(scopesOf(choice)).toEqual({ ok: true, scopes: ['read', 'bucket:photos', 'bucket:music;live'] })
})

test('nothing chosen and a place that is none are told where they are wrong', () => {
  expect(scopesOf({ anything: false, actions: [], places: 'photos' })).toMatchObject({ field: 'actions' })
  expect(scopesOf({ anything: false, actions: ['read'], places: 'My Photos' })).toMatchObject({
    field: 'places',
    problem: expect.stringContaining('3 to 63'),
  })
})
