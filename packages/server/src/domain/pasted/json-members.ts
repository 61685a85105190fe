/** What breaks a JSON text, by what people do. */
export type JsonMistake =
  | 'single_quotes'
  | 'curly_quotes'
  | 'quotes_missing'
  | 'comma_missing'
  | 'trailing_comma'
  | 'colon_missing'
  | 'comment'
  | 'line_break_in_text'
  | 'not_an_object'
  | 'encoded_twice'
  | 'quotes_around'
  | 'unfinished'
  | 'text_after_end'
  | 'other'

export interface JsonFault {
  readonly mistake: JsonMistake
  /** Counted from 1, within the JSON text. */
  readonly line: number
  readonly column: number
}

export interface JsonMembers {
  /** Of the outermost object, in their order; a value that is no text is undefined. */
  readonly members: readonly (readonly [name: string, value: string | undefined])[]
  /** The first place where this is no JSON object. */
  readonly fault: JsonFault | undefined
}

/**
 * The members of a JSON object, also of one that is almost JSON: what is wrong is noted once and read as it was meant.
 * Takes time in proportion to the text. @source RFC 8259
 */
export function readJsonMembers(text: string): JsonMembers {
  const inner = unwrapped(text)
  if (inner !== undefined) {
    return { members: readMembers(inner.text).members, fault: { mistake: inner.mistake, line: 1, column: 1 } }
  }
  const { members, mistake, at } = readMembers(text)
  return isJsonObject(text)
    ? { members, fault: undefined }
    : { members, fault: { mistake: mistake ?? 'other', ...placeOf(text, at) } }
}

function isJsonObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
  } catch {
    return false
  }
}

/** An object that was made a text once more, or has quotes around it. */
function unwrapped(text: string): { text: string; mistake: JsonMistake } | undefined {
  const quoted = text.trim()
  const quote = /^(["'])\s*\{/.exec(quoted)?.[1]
  if (quote === undefined) return undefined
  try {
    const value: unknown = JSON.parse(quoted)
    if (typeof value === 'string') return { text: value, mistake: 'encoded_twice' }
  } catch {
    // Not JSON, so the quotes are just there.
  }
  return { text: quoted.slice(1, quoted.endsWith(quote) ? -1 : undefined), mistake: 'quotes_around' }
}

function placeOf(text: string, at: number): { line: number; column: number } {
  const lines = text.slice(0, at).split('\n')
  return { line: lines.length, column: (lines.at(-1) ?? '').length + 1 }
}

interface Reading {
  readonly members: readonly (readonly [string, string | undefined])[]
  readonly mistake: JsonMistake | undefined
  /** Where the mistake is. */
  readonly at: number
}

const closingQuotes: Readonly<Record<string, string>> = {
  '"': '"',
  "'": "'",
  '“': '”',
  '”': '”',
  '‘': '’',
  '’': '’',
}

function readMembers(text: string): Reading {
  const members: [string, string | undefined][] = []
  let mistake: JsonMistake | undefined
  let mistakeAt = 0
  let at = 0

  const note = (what: JsonMistake, where = at) => {
    if (mistake !== undefined) return
    mistake = what
    mistakeAt = where
  }
  const char = () => text.charAt(at)

  blanks()
  if (char() !== '{') note('not_an_object')
  at++
  blanks()
  while (at < text.length && char() !== '}') readMember()
  if (at >= text.length) note('unfinished')
  at++
  blanks()
  if (at < text.length) note('text_after_end')
  return { members, mistake, at: mistakeAt }

  function readMember(): void {
    const begin = at
    const name = readName()
    blanks()
    if (char() === ':') at++
    else note('colon_missing')
    blanks()
    const value = readValue()
    if (name !== '') members.push([name, value])
    blanks()
    const end = at
    if (char() === ',') {
      at++
      blanks()
      if (char() === '}') note('trailing_comma', end)
    } else if (char() !== '}' && at < text.length) {
      note(name === '' ? 'other' : 'comma_missing')
      if (at === begin) at++
    }
  }

  function readName(): string {
    if (closingQuotes[char()] !== undefined) return readText()
    note('quotes_missing')
    return upTo(/[\s:,{}"'“”]/)
  }

  function readValue(): string | undefined {
    if (closingQuotes[char()] !== undefined) return readText()
    if (char() === '{' || char() === '[') return skipNested()
    const begin = at
    const bare = text.startsWith('${', at) ? upTo(/[},\n]/) + take('}') : ''
    const word = bare + upTo(/[,}\n]/).trimEnd()
    if (/^(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)$/.test(word)) return undefined
    note(word === '' ? 'other' : 'quotes_missing', begin)
    return word
  }

  /** From one quote to the next of its kind, escapes resolved. */
  function readText(): string {
    const begin = at
    const closing = closingQuotes[char()] ?? ''
    if (closing === "'") note('single_quotes')
    else if (closing !== '"') note('curly_quotes')
    at++
    while (at < text.length && char() !== closing) {
      if (char() < ' ') note('line_break_in_text')
      if (char() === '\\' && !'"\\/bfnrtu'.includes(text.charAt(at + 1))) note('other')
      at += char() === '\\' ? 2 : 1
    }
    if (at >= text.length) note('unfinished', begin)
    return unescapeJson(text.slice(begin + 1, at++))
  }

  /** Past an object or array inside, whose contents are nobody's parameters. */
  function skipNested(): undefined {
    let depth = 0
    do {
      if (char() === '"') {
        readText()
      } else {
        if (char() === '{' || char() === '[') depth++
        if (char() === '}' || char() === ']') depth--
        at++
      }
    } while (depth > 0 && at < text.length)
  }

  function blanks(): void {
    for (;;) {
      while (at < text.length && char().trim() === '') {
        if (!' \t\n\r'.includes(char())) note('other') // such as the hard space of a web page
        at++
      }
      const opening = text.slice(at, at + 2)
      if (opening !== '//' && opening !== '/*') return
      note('comment')
      const end = opening === '//' ? text.indexOf('\n', at) : text.indexOf('*/', at)
      at = end === -1 ? text.length : end + (opening === '//' ? 1 : 2)
    }
  }

  function upTo(stop: RegExp): string {
    const begin = at
    while (at < text.length && !stop.test(char())) at++
    return text.slice(begin, at)
  }

  function take(wanted: string): string {
    if (char() !== wanted) return ''
    at++
    return wanted
  }
}

const jsonEscapes: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' }

const unescapeJson = (text: string): string =>
  text.replaceAll(/\\(?:u([0-9A-Fa-f]{4})|([\s\S]))/g, (_all, unit?: string, char = '') =>
    unit === undefined ? (jsonEscapes[char] ?? char) : String.fromCharCode(Number.parseInt(unit, 16)),
  )
