import { expect, test } from 'vitest'
import { withParameters } from './with-parameters.ts'

const code = 'abc.def'

test.each([
  ['no query', 'https://app.example/cb', 'https://app.example/cb?code=abc.def'],
  ['no path', 'https://app.example', 'https://app.example?code=abc.def'],
  ['a query', 'https://app.example/cb?a=1', 'https://app.example/cb?a=1&code=abc.def'],
  ['an empty query', 'https://app.example/cb?', 'https://app.example/cb?code=abc.def'],
  ['a query that ends openly', 'https://app.example/cb?a=1&', 'https://app.example/cb?a=1&code=abc.def'],
  [
    'a query that a parser would write otherwise',
    'https://app.example/cb?a=%7e+%C3%BC&b&&c=?/',
    'https://app.example/cb?a=%7e+%C3%BC&b&&c=?/&code=abc.def',
  ],
  ['a port and letter case', 'HTTP://LocalHost:80/cb', 'HTTP://LocalHost:80/cb?code=abc.def'],
  ['a scheme of an app', 'com.example.app:/cb', 'com.example.app:/cb?code=abc.def'],
  ['a fragment', 'https://app.example/cb#part?', 'https://app.example/cb?code=abc.def#part?'],
])('to a URI with %s it adds, and changes nothing', (_what, uri, expected) => {
  expect(withParameters(uri, { code })).toBe(expected)
})

test.each(['a b', 'ü&state=x', '#', '%20', '+', '=', '\u0000', '💥', '?', "'<>"])(
  'what a parser of URLs reads is what was given: %j',
  (state) => {
    const uri = withParameters('https://app.example/cb?a=1', { code, state })
    expect(uri).toMatch(/^[\x21-\x7e]+$/)
    expect([...new URL(uri).searchParams]).toEqual([
      ['a', '1'],
      ['code', code],
      ['state', state],
    ])
    expect(new URL(uri).hash).toBe('')
  },
)

test('what is undefined is left out, an empty text is not', () => {
  expect(withParameters('https://app.example/cb', { code, state: undefined })).toBe(
    'https://app.example/cb?code=abc.def',
  )
  expect(withParameters('https://app.example/cb', { state: '' })).toBe('https://app.example/cb?state=')
  expect(withParameters('https://app.example/cb?', { state: undefined })).toBe('https://app.example/cb?')
})
