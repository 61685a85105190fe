import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isRegistered, redirectUriDifference } from './redirect-uri.ts'

const pieces = [
  'https://',
  'http://',
  'com.example.app:/',
  'javascript:',
  'localhost',
  'Example.com',
  ':443',
  ':80',
  '/',
  '/cb',
  '/../',
  '%2e',
  '%00',
  '%zz',
  '?a=b',
  '#',
  '@',
  '\\',
  ' ',
  '\n',
  'ü',
  '..',
]
const uris = fc.oneof(
  fc.array(fc.constantFrom(...pieces), { maxLength: 12 }).map((list) => list.join('')),
  fc.webUrl({ withQueryParameters: true, withFragments: true }),
  fc.string({ unit: 'binary' }),
)

test('registered means the same bytes, nothing else', () => {
  const uris = ['https://example.com/cb', 'http://127.0.0.1/cb']
  expect(isRegistered(uris, 'https://example.com/cb')).toBe(true)
  for (const near of [
    'https://example.com/cb/',
    'https://Example.com/cb',
    'https://example.com/cb?',
    'http://127.0.0.1:1/cb',
    '',
  ]) {
    expect(isRegistered(uris, near)).toBe(false)
  }
})

describe('a difference is told in words', () => {
  test.each([
    ['https://a.example/cb/', 'https://a.example/cb', 'trailing slash'],
    ['https://a.example', 'https://a.example/', 'spelling: both lead to the same address'],
    ['http://a.example/cb', 'https://a.example/cb', 'http for https'],
    ['http://localhost:3000/cb', 'http://localhost:3001/cb', 'port 3000 for 3001'],
    ['http://localhost/cb', 'http://localhost:3001/cb', 'port default for 3001'],
    ['https://a.example/CB', 'https://a.example/cb', 'letter case'],
    ['https://A.example/cb', 'https://a.example/cb', 'letter case'],
    ['https://b.example/cb', 'https://a.example/cb', 'host'],
    ['http://127.0.0.1:3000/cb', 'http://localhost:3000/cb', 'host'],
    ['https://a.example/cb?x=1', 'https://a.example/cb', 'query'],
    ['https://a.example/cb?x=1', 'https://a.example/cb?x=2', 'query'],
    ['https://a.example/cb#x', 'https://a.example/cb', 'fragment'],
    ['https://a.example/other', 'https://a.example/cb', 'path'],
    ['https://u@a.example/cb', 'https://a.example/cb', 'user info'],
    ['com.example.app:/cb', 'https://a.example/cb', 'scheme, host'],
    [
      'http://b.example:81/cb/?x',
      'https://a.example/cb',
      'http for https, host, port 81 for default, trailing slash, query',
    ],
    ['http://a.example/CB', 'https://a.example/cb', 'http for https, letter case'],
    ['https://a.example/cb ', 'https://a.example/cb', 'spaces around it'],
    ['https%3A%2F%2Fa.example%2Fcb', 'https://a.example/cb', 'percent-encoded once too often'],
    ['https://a.example:443/cb', 'https://a.example/cb', 'spelling: both lead to the same address'],
    ['%', 'https://a.example/cb', 'not an absolute URL'],
    ['https://a.example/cb', 'https://a.example/cb', 'none'],
  ])('%s for %s: %s', (sent, expected, words) => {
    expect(redirectUriDifference(sent, expected)).toBe(words)
  })

  test('hostile text is not repeated, and nothing makes it throw', () => {
    fc.assert(
      fc.property(uris, uris, (sent, expected) => {
        expect(redirectUriDifference(sent, expected)).toMatch(/^[a-zA-Z0-9,: -]{1,120}$/)
      }),
    )
  })
})
