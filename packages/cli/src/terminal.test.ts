import { PassThrough, type Writable } from 'node:stream'
import { WriteStream } from 'node:tty'
import { stripVTControlCharacters } from 'node:util'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { run } from './run.ts'
import { type Cli, cliOf, plain, printFields, printJson, printTable } from './terminal.ts'

const colour = '\u001b['

beforeEach(() => {
  for (const name of ['CI', 'FORCE_COLOR', 'NO_COLOR', 'NODE_DISABLE_COLORS', 'VALETKEY_CLIENT_SECRET'])
    vi.stubEnv(name, undefined)
  vi.stubEnv('TERM', 'xterm-256color')
})
afterEach(() => vi.unstubAllEnvs())

/** Standard streams that keep what is written; `isTTY` lets them pass for a terminal. */
function systemOf({ isTTY = false, input = '', args = [] as readonly string[] } = {}) {
  const chunks: Buffer[] = []
  const stdout: Writable = Object.assign(new PassThrough(), {
    isTTY,
    getColorDepth: () => WriteStream.prototype.getColorDepth(),
  })
  stdout.on('data', (chunk) => chunks.push(chunk))
  const stdin = new PassThrough()
  stdin.end(input)
  const system = { argv: ['node', 'valetkey', ...args], env: {}, stdin, stdout, stderr: stdout }
  return { system, written: () => Buffer.concat(chunks).toString() }
}

const debug = ['jwt', 'debug', 'not-a-jwt', '--client-id', 'photos', '--client-secret', 'secret']

test('colour is for a terminal', async () => {
  const { system, written } = systemOf({ isTTY: true, args: debug })
  expect(await run(system)).toBe(1)
  expect(written()).toContain(colour)
})

test('NO_COLOR is obeyed on a terminal, and changes nothing but colour', async () => {
  const coloured = systemOf({ isTTY: true, args: debug })
  await run(coloured.system)
  vi.stubEnv('NO_COLOR', '1')
  const { system, written } = systemOf({ isTTY: true, args: debug })
  await run(system)
  expect(written()).not.toContain(colour)
  expect(written()).toBe(stripVTControlCharacters(coloured.written()))
})

test('what goes into a file or pipe is plain text', async () => {
  const { system, written } = systemOf({ args: debug })
  await run(system)
  expect(written()).not.toContain(colour)
})

test('columns of a table line up, coloured cells included', () => {
  const { system, written } = systemOf({ isTTY: true })
  const cli: Cli = cliOf(system)
  printTable(
    cli,
    ['NAME', 'STATE'],
    [
      [cli.out.paint('green', 'a'), 'active'],
      ['much longer', 'inactive'],
    ],
  )
  expect(stripVTControlCharacters(written())).toBe(
    'NAME         STATE\na            active\nmuch longer  inactive\n',
  )
})

test('values of several flags come from standard input line by line', async () => {
  const { system } = systemOf({ input: 'first\r\nsecond\n' })
  const cli = cliOf(system)
  expect(await cli.nextInputLine('--a')).toBe('first')
  expect(await cli.nextInputLine('--b')).toBe('second')
  await expect(cli.nextInputLine('--c')).rejects.toThrow('no line left for --c')
})

/** Clears the screen, turns text around, hides, breaks the line; in seven bits and in eight. */
const hostile = 'a\u001b[2J\u009b31m\nb\u202Ec\u0000\u2028d\u{E0001}'

test('text of others cannot steer the terminal or hide in it, wherever it is printed', () => {
  expect(plain(hostile)).toBe('a [2J 31m b c d ')
  const { system, written } = systemOf({ isTTY: true })
  const cli: Cli = cliOf(system)
  cli.out.line(`${cli.out.paint('red', 'name')} ${hostile}`)
  cli.out.line(cli.out.paint('green', hostile))
  printFields(cli.out, [['name', hostile]])
  printTable(cli, ['NAME'], [[hostile]])
  printJson(cli, { name: hostile })
  for (const theirs of ['\u001b[2J', '\u009b']) expect(written()).not.toContain(theirs)
  const text = stripVTControlCharacters(written())
  expect(text).not.toMatch(/[^\P{Cc}\n]|[\p{Cf}\p{Zl}\p{Zp}]/u)
  expect(text.match(/^.*a \[2J 31m.*$/gm)).toHaveLength(4)
  expect(written()).toContain(`${colour}31mname${colour}39m a [2J`)
})

test('JSON for programs escapes it instead, and loses nothing', () => {
  const { system, written } = systemOf()
  printJson(cliOf(system), { name: hostile })
  expect(JSON.parse(written())).toEqual({ name: hostile })
})

test('a reader that goes away, such as head, is no failure', () => {
  const { system } = systemOf()
  cliOf(system)
  expect(() =>
    system.stdout.emit('error', Object.assign(new Error('write EPIPE'), { code: 'EPIPE' })),
  ).not.toThrow()
})
