import { PassThrough, type Writable } from 'node:stream'
import { WriteStream } from 'node:tty'
import { stripVTControlCharacters } from 'node:util'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { run } from './run.ts'
import { type Cli, cliOf, plain, printTable } from './terminal.ts'

const colour = '\u001b['

beforeEach(() => {
  for (const name of ['FORCE_COLOR', 'NO_COLOR', 'NODE_DISABLE_COLORS', 'VALETKEY_CLIENT_SECRET'])
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

test('text of others cannot steer the terminal or hide in it', () => {
  expect(plain('a\u001b[2J\nb\u202Ec\u0000\u2028d')).toBe('a [2J b c d')
})

test('a reader that goes away, such as head, is no failure', () => {
  const { system } = systemOf()
  cliOf(system)
  expect(() =>
    system.stdout.emit('error', Object.assign(new Error('write EPIPE'), { code: 'EPIPE' })),
  ).not.toThrow()
})
