import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { curlOf, masked, shellWord } from './curl.ts'

/** What a shell hands to a program called curl. */
function argumentsOf(command: string, env: Record<string, string>): string[] {
  const script = `curl() { for word in "$@"; do printf '%s\\0' "$word"; done; }; ${command}`
  const out = execFileSync('sh', ['-c', script], {
    env: { PATH: process.env.PATH ?? '', ...env },
    encoding: 'utf8',
  })
  return out.split('\0').slice(0, -1)
}

const secrets = new Map([
  ['s3cret', 'CLIENT_SECRET'],
  ['s3cret-and-more', 'JWT'],
])

test('a shell makes of the command exactly the request it stands for, secrets from its variables', () => {
  const body = { client_secret: 's3cret-and-more', name: `it's "quoted" $HOME`, n: [1, 2] }
  const command = curlOf({ method: 'POST', url: 'http://localhost:1/a?b=c', token: 's3cret', body }, secrets)
  const words = argumentsOf(command, { JWT: 's3cret-and-more', CLIENT_SECRET: 's3cret' })
  expect(words).toEqual([
    '-sS',
    '-X',
    'POST',
    'http://localhost:1/a?b=c',
    '-H',
    'Authorization: Bearer s3cret',
    '-H',
    'Content-Type: application/json',
    '-d',
    JSON.stringify(body),
  ])
})

test('no secret stands in the command or in what is masked', () => {
  const command = curlOf(
    { method: 'POST', url: 'http://h/', token: 's3cret', body: { a: 's3cret-and-more' } },
    secrets,
  )
  expect(command).not.toContain('s3cret')
  expect(masked('{"a":"s3cret-and-more","b":"s3cret"}', secrets)).toBe('{"a":"$JWT","b":"$CLIENT_SECRET"}')
})

test('whatever stands in a printed command is one word of it', () => {
  expect(shellWord('0198c5f0-7e1a')).toBe('0198c5f0-7e1a')
  expect(shellWord('x; touch /tmp/pwned #')).toBe("'x; touch /tmp/pwned #'")
  expect(shellWord("it's $(id)")).toBe("'it'\\''s $(id)'")
  expect(shellWord('')).toBe("''")
})
