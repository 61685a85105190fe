import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { staySignedIn } from './stay-signed-in.ts'

const minute = 60_000
let window: EventTarget
let asked: string[]

beforeEach(() => {
  vi.useFakeTimers()
  window = new EventTarget()
  asked = []
  vi.stubGlobal('addEventListener', window.addEventListener.bind(window))
  vi.stubGlobal('fetch', async (path: string, { method }: RequestInit) => {
    asked.push(`${method} ${path}`)
    throw new TypeError('no network')
  })
})

afterEach(() => {
  vi.unstubAllGlobals()
  vi.useRealTimers()
})

const input = (type: string) => window.dispatchEvent(new Event(type))

test('who works stays signed in, with one call in five minutes, whether or not it gets through', () => {
  staySignedIn('/api/v0/auth')
  expect(asked).toEqual([])
  input('keydown')
  expect(asked).toEqual(['POST /api/v0/auth/refresh-session'])
  vi.advanceTimersByTime(5 * minute - 1)
  input('pointerdown')
  expect(asked).toHaveLength(1)
  vi.advanceTimersByTime(1)
  input('pointerdown')
  expect(asked).toHaveLength(2)
})

test('a page that is only left open prolongs nothing', () => {
  staySignedIn('/api/v0/developer/auth')
  vi.advanceTimersByTime(60 * minute)
  input('pointermove')
  expect(asked).toEqual([])
})

test('where a session must not end soon, it is prolonged at once', () => {
  staySignedIn('/api/v0/developer/auth', { at_once: true })
  input('keydown')
  expect(asked).toEqual(['POST /api/v0/developer/auth/refresh-session'])
})
