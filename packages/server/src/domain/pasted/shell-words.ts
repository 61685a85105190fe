/**
 * The words of each command in a text for a shell, with quotes and escapes gone and line continuations joined.
 *
 * Nothing is run or filled in: `$NAME`, `${NAME}`, `$(…)` and backticks stay as they are written. More is forgiven than a
 * shell forgives, since the text was copied and not typed: a continuation may have blanks behind it, may be the one of
 * Windows (`^`) or PowerShell (a backtick), or may be lost before a line that begins with an option; a quote that is
 * never closed ends with the text.
 *
 * As in POSIX.1-2024, Shell Command Language, §2.2 (quoting), and the Bash Reference Manual §3.1.2.4 (`$'…'`)
 */
export function shellCommands(written: string): readonly (readonly string[])[] {
  // Copied for the Windows shell, every quote is written ^" and every caret escapes what follows it.
  const text = written.includes('^"') ? written.replaceAll(/\^(.)/g, '$1') : written
  const commands: string[][] = [[]]
  let word: string | undefined
  const endWord = () => {
    if (word !== undefined) commands.at(-1)?.push(word)
    word = undefined
  }
  for (let at = 0; at < text.length; ) {
    const piece = word === undefined && text[at] === '#' ? commentAt(text, at) : pieceAt(text, at)
    if (piece.is === 'text') word = (word ?? '') + piece.text
    else if (piece.is !== 'nothing') endWord()
    if (piece.is === 'end') commands.push([])
    at = piece.end
  }
  endWord()
  return commands.filter((words) => words.length > 0)
}

/** A stretch of the text: part of a word, a gap between words, the end of a command, or nothing at all. */
type Piece =
  | { readonly is: 'text'; readonly text: string; readonly end: number }
  | { readonly is: 'gap' | 'end' | 'nothing'; readonly end: number }

function pieceAt(text: string, at: number): Piece {
  const char = text.charAt(at)
  const next = text.charAt(at + 1)
  switch (char) {
    case ' ':
    case '\t':
      return { is: 'gap', end: at + 1 }
    case '\n':
      return { is: text[afterBlanks(text, at + 1)] === '-' ? 'gap' : 'end', end: at + 1 }
    case ';':
    case '|':
    case '&':
    case '(':
    case ')':
      return { is: 'end', end: at + 1 }
    case "'":
      return quotedUntil(text.indexOf("'", at + 1), text, at + 1)
    case '"':
      return inDoubleQuotes(text, at + 1)
    case '\\':
      if (next === '\n') return { is: 'nothing', end: at + 2 }
      return continuationAt(text, at) ?? { is: 'text', text: next, end: at + 2 }
    case '^':
      return continuationAt(text, at) ?? { is: 'text', text: char, end: at + 1 }
    case '`':
      return continuationAt(text, at) ?? leftToShell(text, at)
    case '$':
      if (next === "'") return inAnsiQuotes(text, at + 2)
      return next === '"' ? inDoubleQuotes(text, at + 2) : leftToShell(text, at)
    default:
      return { is: 'text', text: char, end: at + 1 }
  }
}

function commentAt(text: string, at: number): Piece {
  const end = text.indexOf('\n', at)
  return { is: 'nothing', end: end === -1 ? text.length : end }
}

function continuationAt(text: string, at: number): Piece | undefined {
  const end = afterBlanks(text, at + 1)
  return text[end] === '\n' ? { is: 'gap', end: end + 1 } : undefined
}

function afterBlanks(text: string, at: number): number {
  let end = at
  while (text[end] === ' ' || text[end] === '\t') end++
  return end
}

/** Verbatim up to `end`, or up to the end of the text when there is none. */
function quotedUntil(end: number, text: string, at: number): Piece {
  return end === -1
    ? { is: 'text', text: text.slice(at), end: text.length }
    : { is: 'text', text: text.slice(at, end), end: end + 1 }
}

function inDoubleQuotes(text: string, start: number): Piece {
  let found = ''
  let at = start
  while (at < text.length && text[at] !== '"') {
    const char = text.charAt(at)
    const next = text.charAt(at + 1)
    if (char === '\\') {
      found += next === '\n' ? '' : '$`"\\'.includes(next) ? next : char + next
      at += 2
    } else if (char === '$' || char === '`') {
      const piece = leftToShell(text, at)
      found += piece.text
      at = piece.end
    } else {
      found += char
      at++
    }
  }
  return { is: 'text', text: found, end: at + 1 }
}

/** `$(…)`, `${…}` and backticks, as they are written; the character alone when it begins none of them. */
function leftToShell(text: string, at: number): Extract<Piece, { is: 'text' }> {
  const end = endOfSubstitution(text, at)
  return { is: 'text', text: text.slice(at, end), end }
}

function endOfSubstitution(text: string, at: number): number {
  const opening = text[at] === '`' ? '`' : text.slice(at, at + 2)
  if (opening === '$(') return endOfBrackets(text, at + 1)
  if (opening !== '`' && opening !== '${') return at + 1
  const closing = text.indexOf(opening === '`' ? '`' : '}', at + 1)
  if (closing !== -1) return closing + 1
  return opening === '`' ? at + 1 : text.length
}

function endOfBrackets(text: string, at: number): number {
  let depth = 0
  for (let end = at; end < text.length; end++) {
    if (text[end] === '(') depth++
    if (text[end] === ')') depth--
    if (depth === 0) return end + 1
  }
  return text.length
}

function inAnsiQuotes(text: string, at: number): Piece {
  let end = at
  while (end < text.length && text[end] !== "'") end += text[end] === '\\' ? 2 : 1
  return { is: 'text', text: unescapeAnsi(text.slice(at, end)), end: end + 1 }
}

const ansiEscapes: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  e: '\x1b',
  E: '\x1b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
}

function unescapeAnsi(text: string): string {
  return text.replaceAll(
    /((?:\\x[0-9A-Fa-f]{1,2}|\\[0-7]{1,3})+)|\\u([0-9A-Fa-f]{1,4})|\\U([0-9A-Fa-f]{1,8})|\\([\s\S])/g,
    (_all, bytes?: string, short?: string, long?: string, char = '') => {
      if (bytes !== undefined) return Buffer.from(bytes.split('\\').slice(1).map(byteOf)).toString()
      const point = short ?? long
      return point === undefined ? (ansiEscapes[char] ?? char) : characterOf(Number.parseInt(point, 16))
    },
  )
}

const byteOf = (digits: string): number =>
  (digits.startsWith('x') ? Number.parseInt(digits.slice(1), 16) : Number.parseInt(digits, 8)) & 0xff

const characterOf = (point: number): string => (point <= 0x10ffff ? String.fromCodePoint(point) : '\ufffd')
