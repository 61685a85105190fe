import { randomUUID } from 'node:crypto'
import type { Readable, Writable } from 'node:stream'
import { stripVTControlCharacters, styleText } from 'node:util'
import { UsageError } from './errors.ts'

type Format = Parameters<typeof styleText>[0]

/** What of a process the commands are given: nothing else of the outside reaches them. */
export interface System {
  readonly argv: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
  readonly stdin: Readable & { readonly isTTY?: boolean }
  readonly stdout: Writable & Terminal
  readonly stderr: Writable & Terminal
}

interface Terminal {
  readonly isTTY?: boolean
  readonly columns?: number
}

/**
 * Where words go. Colour only on a terminal, and never with `NO_COLOR`. Whatever the text, the terminal obeys nothing
 * in it but `paint` and the ends of lines.
 */
export interface Screen {
  /** Words for people. */
  line(text?: string): void
  /** An answer for programs, to the letter. */
  raw(text: string): void
  paint(format: Format, text: string): string
  /** How many characters fit on a line; no terminal has no end. */
  readonly width: number
}

/** One run of `valetkey`: standard output is for answers, standard error for words about them. */
export interface Cli {
  readonly env: System['env']
  readonly out: Screen
  readonly err: Screen
  /** Whether a person sits there who can be asked. */
  readonly interactive: boolean
  readonly streams: Pick<System, 'stdin' | 'stderr'>
  /** Aborted once nobody reads standard output any more. */
  readonly gone: AbortSignal
  /** The next line of standard input, for values given as `-`. */
  nextInputLine(flag: string): Promise<string>
  /** All of standard input, for a text given as `-`. */
  wholeInput(): Promise<string>
  /** Epoch seconds. */
  now(): number
}

/** `spelled` has the last word on what people read. */
export function cliOf({ env, stdin, stdout, stderr }: System, spelled = (text: string) => text): Cli {
  let input: Promise<string[]> | undefined
  const gone = new AbortController()
  return {
    env,
    out: screenOf(stdout, spelled, () => gone.abort()),
    err: screenOf(stderr, spelled),
    gone: gone.signal,
    interactive: stdin.isTTY === true && stderr.isTTY === true,
    streams: { stdin, stderr },
    async nextInputLine(flag) {
      input ??= textOf(stdin).then(linesOf)
      const line = (await input).shift()
      if (line === undefined) throw new UsageError(`standard input has no line left for ${flag}`)
      return line
    },
    wholeInput: () => textOf(stdin),
    now: () => Math.floor(Date.now() / 1000),
  }
}

function screenOf(
  stream: System['stdout'],
  spelled: (text: string) => string,
  onGone = (): void => {},
): Screen {
  // A reader that has seen enough, such as `head`, is no failure.
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
    onGone()
  })
  const raw = (text: string): void => void stream.write(`${asStyled(tamed(text))}\n`)
  return {
    raw,
    line: (text = '') => raw(spelled(text)),
    paint: (format, text) => styleText(format, tamed(text), { stream }).replaceAll('\u001b', ourEscape),
    get width() {
      return stream.isTTY ? (stream.columns ?? 80) : Number.POSITIVE_INFINITY
    },
  }
}

/** Stands for the escape character until a line is written. Nobody else can know it, so no text of theirs holds it. */
const ourEscape = randomUUID()
const asStyled = (text: string): string => text.replaceAll(ourEscape, '\u001b')

/** What a terminal would obey or hide: control and format characters, among them those that turn text around. */
const disobeyed = /[^\P{Cc}\n]|[\p{Cf}\p{Zl}\p{Zp}]/gu
const tamed = (text: string): string => text.replaceAll(disobeyed, ' ')

async function textOf(stream: AsyncIterable<Buffer | string>): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks).toString('utf8')
}

function linesOf(text: string): string[] {
  const lines = text.split(/\r?\n/)
  return lines.at(-1) === '' ? lines.slice(0, -1) : lines
}

/** One JSON document, for programs: what a terminal would obey is escaped, so that nothing of it is lost. */
export function printJson({ out }: Cli, value: unknown): void {
  out.raw(JSON.stringify(value, undefined, 2).replaceAll(disobeyed, escaped))
}

/** One of many JSON documents, each on a line of its own. */
export function printJsonLine({ out }: Cli, value: unknown): void {
  out.raw(JSON.stringify(value).replaceAll(disobeyed, escaped))
}

const escaped = (text: string): string =>
  Array.from({ length: text.length }, (_, at) => text.charCodeAt(at))
    .map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`)
    .join('')

/** Rows in aligned columns under faint headings, whatever is in the cells. */
export function printTable(
  { out }: Cli,
  headings: readonly string[],
  rows: readonly (readonly string[])[],
): void {
  const cells = rows.map((row) => row.map(plain))
  const widths = headings.map((heading, column) =>
    Math.max(...[heading, ...cells.map((row) => row[column] ?? '')].map(widthOf)),
  )
  const lineOf = (row: readonly string[]) =>
    row
      .map((cell, column) => padded(cell, widths[column] ?? 0))
      .join('  ')
      .trimEnd()
  out.line(out.paint('dim', lineOf(headings)))
  for (const row of cells) out.line(lineOf(row))
}

/** Prose that breaks between words where the screen ends, each further line as far in as the text after `first`. */
export function printWrapped(
  screen: Screen,
  text: string,
  { first = '', paint = (line) => line }: { first?: string; paint?: (line: string) => string } = {},
): void {
  const hang = widthOf(first)
  const [line = '', ...more] = wrapped(plain(text), screen.width - hang)
  screen.line(`${first}${paint(line)}`.trimEnd())
  for (const rest of more) screen.line(`${' '.repeat(hang)}${paint(rest)}`)
}

/** A word longer than the line stays whole, and a command keeps its first two words together. */
function wrapped(text: string, width: number): readonly string[] {
  const [first = '', ...words] = text.split(/(?<!\bvaletkey) /)
  const lines: string[] = []
  let line = first
  for (const word of words) {
    const longer = `${line} ${word}`
    if (widthOf(longer) > width) lines.push(line)
    line = widthOf(longer) > width ? word : longer
  }
  return [...lines, line]
}

/** Names and values below each other. */
export function printFields(
  screen: Screen,
  fields: readonly (readonly [name: string, value: string])[],
  indent = '',
): void {
  const width = Math.max(...fields.map(([name]) => name.length))
  for (const [name, value] of fields)
    printWrapped(screen, value, { first: `${indent}${screen.paint('dim', name.padEnd(width))}  ` })
}

export const padded = (text: string, width: number): string =>
  text + ' '.repeat(Math.max(0, width - widthOf(text)))

const widthOf = (text: string): number => stripVTControlCharacters(asStyled(text)).length

/** Text of others on one line. */
export const plain = (text: string): string => text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ')

export const count = (number: number, one: string): string => `${number} ${one}${number === 1 ? '' : 's'}`
