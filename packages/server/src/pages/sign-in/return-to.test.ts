import { describe, expect, test } from 'vitest'
import { doors } from '../../accounts/account-kinds.ts'
import { returnPath } from './return-to.ts'

const attacks: readonly (readonly [string, unknown])[] = [
  ['another server', 'https://evil.example/'],
  ['another server without a scheme', '//evil.example'],
  ['three slashes', '///evil.example'],
  ['a backslash, which browsers take for a slash', '/\\evil.example'],
  ['a backslash further on', '/apps\\..\\..\\evil'],
  ['a tab, which browsers leave out', '/\t/evil.example'],
  ['a line break', '/\n/evil.example'],
  ['a header of its own', '/apps\r\nset-cookie: a=b'],
  ['a NUL', '/apps\0'],
  ['an encoded line break', '/apps%0d%0aset-cookie:a=b'],
  ['an encoded slash', '/%2f/evil.example'],
  ['an encoded slash, in capitals', '/%2F%2Fevil.example'],
  ['an encoded backslash', '/%5cevil.example'],
  ['a script', 'javascript:alert(1)'],
  ['a script behind a blank', ' javascript:alert(1)'],
  ['data', 'data:text/html,<script>alert(1)</script>'],
  ['a path without its slash', 'apps'],
  ['a name and password before the server', '@evil.example'],
  ['dots that lead elsewhere', '/apps/../console'],
  ['dots that are encoded', '/apps/%2e%2e/console'],
  ['two slashes further on', '/apps//evil.example'],
  ['an address of the API', '/api/v0/auth/account'],
  ['text that is not ASCII', '/äpps'],
  ['a quote that ends an attribute', '/apps"onload="'],
  ['a tag', '/apps?<script>'],
  ['nothing', ''],
  ['no text at all', undefined],
  ['two of them', ['/apps', '/account']],
  ['an object', { toString: () => '/apps' }],
  ['far too much', `/apps?${'a'.repeat(2048)}`],
]

describe.each(['user', 'developer'] as const)('for a %s', (kind) => {
  test.each(attacks)('%s leads home', (_what, asked) => {
    expect(returnPath(kind, asked)).toBe(doors[kind].home)
  })

  test.each(attacks.filter(([, asked]) => typeof asked === 'string'))(
    '%s, behind a good beginning, leads home or stays on this server',
    (_what, asked) => {
      const path = returnPath(kind, `${doors[kind].home}${asked}`)
      const { origin, pathname } = new URL(path, 'https://valetkey.test')
      expect(origin).toBe('https://valetkey.test')
      expect(pathname.startsWith('/console')).toBe(kind === 'developer')
    },
  )
})

test.each([
  ['user', '/apps'],
  ['user', '/'],
  ['user', '/account?tab=sessions#here'],
  ['user', '/consent/01890000-0000-7000-8000-000000000000'],
  ['user', '/oauth2/authorize?redirect_uri=https://photos.example/cb&scope=read%2Cwrite'],
  ['user', '/consoles'],
  ['developer', '/console'],
  ['developer', '/console/clients/7?q=a%2Fb'],
] as const)('a %s comes back to %s', (kind, asked) => {
  expect(returnPath(kind, asked)).toBe(asked)
})

test.each([
  ['user', '/console'],
  ['user', '/console/clients'],
  ['developer', '/apps'],
  ['developer', '/consoles'],
  ['developer', '/'],
] as const)('a %s is not led to %s, which is for others', (kind, asked) => {
  expect(returnPath(kind, asked)).toBe(doors[kind].home)
})
