import { describe, expect, test } from 'vitest'
import { csvCell } from './csv.ts'

describe('a spreadsheet runs nothing of what strangers wrote', () => {
  test.each([
    ['=HYPERLINK("http://evil.example")', `"'=HYPERLINK(""http://evil.example"")"`],
    ['+1', "'+1"],
    ['-1', "'-1"],
    ['@SUM(A1)', "'@SUM(A1)"],
    ['\t=1', "'\t=1"],
    ['\r=1', `"'\r=1"`],
    ['\n=1', `"'\n=1"`],
    [' =1', "' =1"],
    ['＝1', "'＝1"],
  ])('%j is written %j', (text, cell) => {
    expect(csvCell(text)).toBe(cell)
  })
})

test.each([
  ['Photos', 'Photos'],
  ['a=b', 'a=b'],
  ['Fotos, Größe & 写真', '"Fotos, Größe & 写真"'],
  ['say "hi"', '"say ""hi"""'],
  ['two\nlines', '"two\nlines"'],
  ['', ''],
])('%j is written %j', (text, cell) => {
  expect(csvCell(text)).toBe(cell)
})
