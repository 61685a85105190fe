import { expect, test } from 'vitest'
import { parseCsv } from './csv.ts'

test.each([
  [
    'a,b\nc,d\n',
    [
      ['a', 'b'],
      ['c', 'd'],
    ],
  ],
  [
    'a,b\r\nc,d',
    [
      ['a', 'b'],
      ['c', 'd'],
    ],
  ],
  ['"a,b","say ""so"""\n', [['a,b', 'say "so"']]],
  ['"two\nlines",x', [['two\nlines', 'x']]],
  [
    'a,,\n,b,',
    [
      ['a', '', ''],
      ['', 'b', ''],
    ],
  ],
  ['\n\na\n', [['a']]],
  ['', []],
])('%j is read as its cells', (text, lines) => {
  expect(parseCsv(text)).toEqual(lines)
})

test('a quote where none may stand makes it no CSV, rather than other cells', () => {
  expect(parseCsv('a"b,c\n')).toEqual([])
  expect(parseCsv('"a"b,c\n')).toEqual([])
})

test('a quote that nothing closes makes it no CSV either', () => {
  expect(parseCsv('a,"b\n')).toEqual([])
  expect(parseCsv('a,""",c\n')).toEqual([])
})

test('a cell may have megabytes, whether or not a quote closes it', () => {
  const long = 'x""'.repeat(2_000_000)
  expect(parseCsv(`"${long}",a`)[0]?.map(({ length }) => length)).toEqual([4_000_000, 1])
  expect(parseCsv(`"${long}`)).toEqual([])
})
