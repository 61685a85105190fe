import { expect, test } from 'vitest'
import { traceIdIn } from './trace-id.ts'

const trace_id = '0123456789abcdef0123456789abcdef'

test.each([
  trace_id,
  ` "${trace_id.toUpperCase()}" `,
  `{"error":"invalid_client","trace_id":"${trace_id}"}`,
  `https://valetkey.example/console/token-requests/${trace_id}?a=b`,
])('a trace id is found in whatever it was copied with: %s', (text) => {
  expect(traceIdIn(text)).toBe(trace_id)
})

test.each(['', trace_id.slice(1), `${trace_id}0`, 'hello'])('"%s" holds none', (text) => {
  expect(traceIdIn(text)).toBeUndefined()
})
