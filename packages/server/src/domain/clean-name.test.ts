import { expect, test } from 'vitest'
import { cleanName } from './clean-name.ts'

test.each([
  ['Ada Lovelace', 'Ada Lovelace'],
  ['  Photos  ', 'Photos'],
  ['Zoe\u0308', 'Zoë'],
  ['写真 – Фото – صور', '写真 – Фото – صور'],
  ['🪪', '🪪'],
  ['🪪'.repeat(64), '🪪'.repeat(64)],
])('%j is kept as %j', (given, kept) => {
  expect(cleanName(given)).toBe(kept)
})

test.each([
  ['nothing', ''],
  ['only spaces', '   '],
  ['65 characters', 'x'.repeat(65)],
  ['a line break', 'two\nlines'],
  ['a line break at the end', 'name\n'],
  ['a NUL', 'a\u0000b'],
  ['an escape', 'a\u001b[31m'],
  ['a C1 control', 'a\u0085b'],
  ['a bidi override', 'gpj\u202eexe'],
  ['a bidi isolate', 'a\u2066b'],
  ['an Arabic letter mark', 'a\u061cb'],
  ['a zero-width space', 'Pho\u200btos'],
  ['a zero-width joiner', 'a\u200db'],
  ['a byte order mark', '\ufeffPhotos'],
  ['a soft hyphen', 'Pho\u00adtos'],
  ['a variation selector', 'a\ufe0fb'],
  ['a tag character', 'a\u{e0041}b'],
  ['a private-use character', 'a\ue000b'],
  ['a private-use character of plane 16', 'a\u{100000}b'],
  ['a line separator', 'a\u2028b'],
  ['a Hangul filler', 'a\u3164b'],
  ['a blank Braille pattern', '\u2800'],
  ['a lone surrogate', 'a\ud800b'],
  ['a noncharacter', 'a\uffffb'],
])('a name with %s is refused', (_what, given) => {
  expect(cleanName(given)).toBeUndefined()
})
