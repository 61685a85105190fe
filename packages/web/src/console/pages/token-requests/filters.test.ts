import { expect, test } from 'vitest'
import { filtersOf, isMeant, queryOf } from './filters.ts'
import { aTokenRequest } from './testing/answers.ts'

const now = Date.parse('2026-03-01T12:00:30Z')

test('an address says which requests are looked at', () => {
  const search = { client_id: 'photos-id', outcome: 'refused', reason: 'signature_wrong', range: 'hour' }
  expect(queryOf(filtersOf(search), now)).toEqual({
    client_id: 'photos-id',
    outcome: 'refused',
    reason: 'signature_wrong',
    from: '2026-03-01T11:00:30.000Z',
  })
})

test.each([
  { outcome: 'lost' },
  { range: 'ever' },
  { from: 'yesterday', to: '' },
  { client_id: '' },
  { reason: { deep: true } },
])('what an address says that means nothing is left out: %j', (search) => {
  expect(filtersOf(search)).toEqual({})
})

test('a number in an address is text, as an id of digits alone would be', () => {
  expect(filtersOf({ client_id: 42 })).toEqual({ client_id: '42' })
})

const matching = [
  [{ client_id: 'photos-id' }, true],
  [{ client_id: 'other' }, false],
  [{ outcome: 'refused' }, true],
  [{ outcome: 'granted' }, false],
  [{ reason: 'code_unknown' }, false],
  [{ range: 'hour' }, true],
  [{ from: '2026-03-01T12:00:00Z' }, true],
  [{ from: '2026-03-01T12:00:01Z' }, false],
  [{ to: '2026-03-01T12:00:00Z' }, true],
  [{ to: '2026-03-01T11:59:59Z' }, false],
] as const
test.each(matching)(
  'what comes live is held against the filters as the server would: %j, %s',
  (search, meant) => {
    expect(isMeant(filtersOf(search), aTokenRequest('1'), now)).toBe(meant)
  },
)
