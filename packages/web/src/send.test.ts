import { afterEach, expect, test, vi } from 'vitest'
import { send } from './send.ts'

afterEach(() => void vi.unstubAllGlobals())

/** What comes of one call that the network answers like this. */
async function sent(answer: () => Promise<Response>) {
  vi.stubGlobal('fetch', answer)
  return send('POST', '/somewhere')
}

const refusal = (reason: string, headers: Record<string, string> = {}, status = 400) =>
  sent(async () => {
    const body = {
      error: 'invalid_request',
      error_description: 'The name is not fit.',
      trace_id: 'trace',
      error_uri: `https://valetkey.example/errors/${reason}`,
    }
    return new Response(JSON.stringify(body), { status, headers })
  })

test('an answer is its body, and an empty one is nothing', async () => {
  expect(await sent(async () => new Response('{"a":1}'))).toMatchObject({ body: { a: 1 } })
  expect((await sent(async () => new Response(null, { status: 204 }))).refused).toBeUndefined()
})

test('a refusal says why, in the words of the server', async () => {
  expect((await refusal('name_unfit')).refused).toEqual({
    status: 400,
    reason: 'name_unfit',
    words: 'The name is not fit.',
    trace_id: 'trace',
    error_uri: 'https://valetkey.example/errors/name_unfit',
  })
})

test('whoever has to wait is told for how long', async () => {
  const waiting = { 'retry-after': '300' }
  expect((await refusal('rate_limited', waiting, 429)).refused?.words).toBe(
    'Too many tries from here. Wait 5 minutes, then try again.',
  )
  expect((await refusal('overloaded', { 'retry-after': '2' }, 503)).refused?.words).toBe(
    'The name is not fit. Wait 2 seconds first.',
  )
})

test.each<[string, () => Promise<Response>]>([
  ['no network', () => Promise.reject(new TypeError('Failed to fetch'))],
  [
    'the page of a proxy that finds no server',
    async () => new Response('<h1>Bad gateway</h1>', { status: 502 }),
  ],
  ['a page in the place of an answer', async () => new Response('<h1>Welcome to this hotel</h1>')],
  ['the error of another program', async () => new Response('{"message":"no"}', { status: 500 })],
  ['an error that is no object', async () => new Response('null', { status: 500 })],
])('%s is a server that cannot be reached', async (_what, answer) => {
  expect((await sent(answer)).refused).toEqual({
    status: 0,
    reason: 'unreachable',
    words: 'The server cannot be reached. Check the connection, then try again.',
  })
})

test('a server that does not answer in time is told apart', async () => {
  const { refused } = await sent(() => Promise.reject(new DOMException('too late', 'TimeoutError')))
  expect(refused).toMatchObject({
    status: 0,
    words: 'The server did not answer in time. Try again in a while.',
  })
})
