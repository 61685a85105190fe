import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { createSealer } from '../../sealing.ts'
import { formToken, isFormToken } from './form-token.ts'

const deps = { sealer: createSealer(Buffer.alloc(32, 7), randomBytes) }
const session = { token_hash: 'a'.repeat(43) }
const token = formToken(deps, session, 'request')

test('the token of a form is good for its session and its request', () => {
  expect(token).toMatch(/^[\w-]{43}$/)
  expect(isFormToken(deps, session, 'request', token)).toBe(true)
})

test.each<[string, boolean]>([
  ['another session', isFormToken(deps, { token_hash: 'b'.repeat(43) }, 'request', token)],
  ['another request', isFormToken(deps, session, 'other', token)],
  [
    'parts that were put together elsewhere',
    isFormToken(deps, { token_hash: '' }, `${session.token_hash}request`, token),
  ],
  [
    'another master key',
    isFormToken({ sealer: createSealer(Buffer.alloc(32, 8), randomBytes) }, session, 'request', token),
  ],
  ['one character more', isFormToken(deps, session, 'request', `${token}x`)],
  ['nothing', isFormToken(deps, session, 'request', '')],
  ['signs that take more than one byte', isFormToken(deps, session, 'request', 'é'.repeat(43))],
])('and for nothing else: %s', (_what, good) => {
  expect(good).toBe(false)
})

test('a form that was open while the master key was replaced is still taken', () => {
  const sealer = createSealer(Buffer.alloc(32, 9), randomBytes, { previous: [Buffer.alloc(32, 7)] })
  expect(formToken({ sealer }, session, 'request')).not.toBe(token)
  expect(isFormToken({ sealer }, session, 'request', token)).toBe(true)
  expect(isFormToken({ sealer }, session, 'other', token)).toBe(false)
})
