import { expect, test } from 'vitest'
import { parseEmail } from './email.ts'

test.each([
  ['Ada@Example.COM', 'ada@example.com'],
  [' ada+photos@mail.example.com ', 'ada+photos@mail.example.com'],
  ['dev@localhost', 'dev@localhost'],
  ["o'hara_{x}@example.co", "o'hara_{x}@example.co"],
  ['jörg@bücher.example', 'jörg@bücher.example'],
  ['ada＠example.com', 'ada@example.com'],
  [`${'x'.repeat(64)}@example.com`, `${'x'.repeat(64)}@example.com`],
])('%j is the address %j', (given, kept) => {
  expect(parseEmail(given)).toBe(kept)
})

test.each([
  '',
  'ada',
  '@example.com',
  'ada@',
  'ada@@example.com',
  'ada@example..com',
  '.ada@example.com',
  'ada.@example.com',
  'a..b@example.com',
  'ada@-example.com',
  'ada@example-.com',
  'ada@example.com.',
  'ada lovelace@example.com',
  'ada@exam ple.com',
  'ada@example.com\nBcc: eve@example.com',
  'ada@example.com,eve@example.com',
  '"ada"@example.com',
  'Ada <ada@example.com>',
  'ada@[127.0.0.1]',
  'a\u200bda@example.com',
  `${'x'.repeat(65)}@example.com`,
  `ada@${'x'.repeat(64)}.com`,
  `ada@${'x.'.repeat(125)}com`,
])('%j is no address', (given) => {
  expect(parseEmail(given)).toBeUndefined()
})

test('hostile text is judged at once', () => {
  const begun = process.threadCpuUsage()
  expect(parseEmail(`${'a.'.repeat(500)}@${'a-'.repeat(500)}`)).toBeUndefined()
  expect(parseEmail(`a@${'a'.repeat(60)}${'.a-a'.repeat(47)}!`)).toBeUndefined()
  expect(process.threadCpuUsage(begun).user).toBeLessThan(200_000)
})
