import { expect, test } from 'vitest'
import { filtersOf, periodOf, tableQueryOf } from './filters.ts'

const noon = Date.UTC(2026, 2, 1, 12)

test('an address without a query means the last 30 days of all clients, today included', () => {
  expect(tableQueryOf(filtersOf({}), noon)).toEqual({
    client_id: undefined,
    status: undefined,
    start_date: '2026-01-31T00:00:00Z',
    end_date: '2026-03-01T23:59:59Z',
  })
})

test.each([
  ['today', '2026-03-01'],
  ['week', '2026-02-23'],
  ['month', '2026-01-31'],
])('%s begins with the %s', (range, first) => {
  expect(periodOf(filtersOf({ range }), noon).start_date).toBe(`${first}T00:00:00Z`)
})

test('a range of one’s own is both its days, and an end that is missing is found', () => {
  const period = (query: object) => {
    const { start_date, end_date } = periodOf(filtersOf({ range: 'custom', ...query }), noon)
    return [start_date?.slice(0, 10), end_date?.slice(0, 10)]
  }
  expect(period({ from: '2026-01-05', to: '2026-01-06' })).toEqual(['2026-01-05', '2026-01-06'])
  expect(period({ from: '2026-02-05' })).toEqual(['2026-02-05', '2026-03-01'])
  expect(period({ to: '2026-02-28' })).toEqual(['2026-01-30', '2026-02-28'])
})

test('days count only for a range of one’s own', () => {
  expect(periodOf(filtersOf({ range: 'today', from: '2020-01-01', to: '2020-01-02' }), noon)).toMatchObject({
    start_date: '2026-03-01T00:00:00Z',
    end_date: '2026-03-01T23:59:59Z',
  })
})

test('the outcome goes to the table by its number', () => {
  const status = (word: string) => tableQueryOf(filtersOf({ status: word }), noon).status
  expect(['pending', 'approved', 'rejected', 'nonsense'].map(status)).toEqual(['0', '1', '2', undefined])
})

test.each([
  { range: 'ever' },
  { from: '2026-02-30', to: 'tomorrow' },
  { page: '0' },
  { page: '-1' },
  { page: { a: 1 } },
])('what an address says that means nothing is left out: %j', (query) => {
  expect(filtersOf(query)).toEqual(filtersOf({}))
})
