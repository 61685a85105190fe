import { describe, expect, test } from 'vitest'
import { commands } from './commands.ts'
import { runCli } from './testing/run-cli.ts'

describe('help', () => {
  test.each(commands.map(({ words }) => words))(
    '"%s" says what it does and shows an example',
    async (words) => {
      const { code, stdout } = await runCli([...words.split(' '), '--help'])
      expect(code).toBe(0)
      expect(stdout).toMatch(/^Usage: valetkey .+\n\n\S.{20,}/)
      expect(stdout).toMatch(new RegExp(`\\nExamples:\\n(?:.*\\n)*.*valetkey ${words}`))
    },
  )

  test('help names every command', async () => {
    const { code, stdout } = await runCli(['--help'])
    expect(code).toBe(0)
    for (const { words } of commands) expect(stdout).toMatch(new RegExp(`^ {2}${words.split(' ')[0]} `, 'm'))
  })

  test('"help jwt create" is "jwt create --help"', async () => {
    expect(await runCli(['help', 'jwt', 'create'])).toEqual(await runCli(['jwt', 'create', '--help']))
  })
})

describe('wrong usage ends with 2, and with what to do', () => {
  test.each([
    ['a command that does not exist', ['jwt', 'creat'], 'Did you mean create?'],
    ['an option that does not exist', ['demo', '--fast'], "unknown option '--fast'"],
    ['a group without a command', ['client'], 'Usage: valetkey client'],
    ['no command at all', [], 'Usage: valetkey'],
    ['a missing argument', ['jwt', 'debug'], "missing required argument 'jwt'"],
    ['a missing option', ['client', 'register', '--name', 'x'], '--redirect-uri'],
    ['a duration nobody can read', ['jwt', 'create', '--expires-in', 'soon'], '5m'],
    [
      'a server that is no address',
      ['token', 'test', '--redirect-uri', 'x', '--url', 'localhost'],
      'http://',
    ],
    ['a secret that nobody gave', ['jwt', 'create', '--client-id', 'x'], 'VALETKEY_CLIENT_SECRET'],
    [
      'standard input that has run dry',
      ['jwt', 'create', '--client-id', 'x', '--client-secret', '-'],
      '--client-secret',
    ],
    [
      'a variable with a typing error',
      ['settings'],
      'VALETKEY_PROT is not a setting',
      { VALETKEY_PROT: '1' },
    ],
    [
      'a setting out of range',
      ['serve', '--port', '70000'],
      'VALETKEY_PORT (--port) must be a whole number from 0 to 65535',
    ],
  ])('%s', async (_what, args, said, env: Record<string, string> = {}) => {
    const { code, stdout, stderr } = await runCli(args, { env })
    expect(code).toBe(2)
    expect(stdout).toBe('')
    expect(stderr).toContain(said)
  })
})

test("the variables of the other commands are no typing errors for the server's settings", async () => {
  const env = {
    VALETKEY_URL: 'http://localhost:1',
    VALETKEY_CLIENT_SECRET: 'x',
    VALETKEY_PASSPHRASE: 'x',
    VALETKEY_PASSWORD: 'x',
  }
  expect(await runCli(['settings'], { env })).toMatchObject({ code: 0 })
})

describe('started by npm, every command it prints begins with npx valetkey', () => {
  const env = { npm_command: 'exec' }

  test.each([
    ['the help of all', ['--help'], '"npx valetkey <command> --help"'],
    ['the usage of one', ['jwt', 'debug', '--help'], 'Usage: npx valetkey jwt debug [options]'],
    ['an example', ['jwt', 'debug', '--help'], '$ npx valetkey jwt debug "$JWT"'],
    ['an error', ['client', 'list'], 'run "npx valetkey login" first'],
    [
      'an error of the server',
      ['settings'],
      '"npx valetkey settings" lists them all',
      { VALETKEY_PROT: '1' },
    ],
    [
      'a snippet of the server',
      ['jwt', 'debug', 'vks_', '--client-id', 'x', '--client-secret', 'x'],
      '  npx valetkey jwt create --client-id ',
    ],
  ])('%s', async (_what, args, said, more: Record<string, string> = {}) => {
    const { stdout, stderr } = await runCli(args, { env: { ...env, XDG_CONFIG_HOME: '/nowhere', ...more } })
    expect(stdout + stderr).toContain(said)
    expect(stdout + stderr).not.toMatch(/(?<!npx )\bvaletkey (?=[a-z])/)
  })

  test('but nothing that programs read', async () => {
    const args = ['client', 'list', '--json']
    const { stdout } = await runCli(args, { env: { ...env, XDG_CONFIG_HOME: '/nowhere' } })
    expect(JSON.parse(stdout).error_description).toContain('"valetkey login"')
  })
})
