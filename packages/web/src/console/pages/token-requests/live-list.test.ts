import { expect, test } from 'vitest'
import { announcementOf, heldStill, nothingLive, withChange, withLive } from './live-list.ts'
import { aTokenRequest } from './testing/answers.ts'

const came = (digit: string, at = '2026-03-01T12:00:00Z') =>
  ({ type: 'came', request: aTokenRequest(digit, { at }) }) as const
const idsOf = (list: readonly { trace_id: string }[]) =>
  list.map(({ trace_id }) => trace_id.charAt(0)).join('')

test('what came live stands among the pages where the server will list it, and once', () => {
  const page = [aTokenRequest('5', { at: '2026-03-01T12:00:01Z' }), aTokenRequest('3')]
  const live = [
    came('4').request,
    came('5', '2026-03-01T12:00:01Z').request,
    came('1', '2026-03-01T12:00:02Z').request,
  ]
  expect(idsOf(withLive(page, live, { more: false }))).toBe('1543')
})

test('what came live and is older than the pages so far waits for the page it is on, if there is one', () => {
  const page = [aTokenRequest('5'), aTokenRequest('3')]
  const live = [came('6').request, came('4').request, came('2').request]
  expect(idsOf(withLive(page, live, { more: true }))).toBe('6543')
  expect(idsOf(withLive(page, live, { more: false }))).toBe('65432')
  expect(idsOf(withLive([], live, { more: true }))).toBe('642')
})

test('the same request twice, as after a stream that broke off, is one', () => {
  const twice = withChange(withChange(nothingLive, came('1')), came('1'))
  expect(idsOf(twice.shown)).toBe('1')
})

test('during a pause the list stands still, and what came meanwhile follows', () => {
  let live = withChange(withChange(nothingLive, came('1')), { type: 'paused' })
  live = withChange(withChange(live, came('2')), came('2'))
  expect([idsOf(live.shown), idsOf(live.held)]).toEqual(['1', '2'])
  live = withChange(live, { type: 'resumed' })
  expect([idsOf(live.shown), idsOf(live.held), live.paused]).toEqual(['21', '', false])
})

test('a list that is asked for again leaves nothing live behind, and a pause as it is', () => {
  const paused = withChange(withChange(nothingLive, came('1')), { type: 'paused' })
  expect(withChange(withChange(paused, came('2')), { type: 'restarted' })).toEqual({
    shown: [],
    held: [],
    paused: true,
  })
})

test('while somebody reads, new rows wait above and older ones follow below', () => {
  const list = ['9', '8', '7', '6', '5'].map((digit) => aTokenRequest(digit))
  const { rows, waiting } = heldStill(list, new Set([list[1], list[3]].map((row) => row?.trace_id ?? '')))
  expect([idsOf(rows), waiting]).toEqual(['865', 2])
  expect(heldStill(list, new Set()).waiting).toBe(0)
})

test('one request is read out in full, several as numbers, none not at all', () => {
  const granted = aTokenRequest('2', { outcome: 'granted', means: null })
  expect(announcementOf([])).toBe('')
  expect(announcementOf([aTokenRequest('1')])).toBe(
    'New token request, refused, Photos, It was signed with none of the secrets.',
  )
  expect(announcementOf([granted])).toBe('New token request, granted, Photos')
  expect(announcementOf([aTokenRequest('1'), granted])).toBe('2 new token requests, 1 not granted')
  expect(announcementOf([granted, granted])).toBe('2 new token requests, all granted')
})
