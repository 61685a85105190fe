import { expect, test } from 'vitest'
import { placeOfFix } from './place-of-fix.ts'

test.each([
  ['valetkey client rotate-secret my-app', 'secrets'],
  ['valetkey client rotate-secret my-app --keep-previous-for 1d', 'secrets'],
  ['valetkey client show my-app', 'settings'],
])('%s leads to the %s of the client', (snippet, tab) => {
  expect(placeOfFix(snippet)).toMatchObject({ client_id: 'my-app', tab })
})

test.each([
  'valetkey client enable my-app',
  'valetkey client show {client_id}',
  'valetkey client show',
  "iss: 'my-app'",
])('%s leads nowhere', (snippet) => {
  expect(placeOfFix(snippet)).toBeUndefined()
})
