import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { checkRedirectUri, isDuplicate, maxRedirectUriLength } from './redirect-uri.ts'

const long = (length: number) => `https://example.com/${'a'.repeat(length - 'https://example.com/'.length)}`

describe('what may be registered', () => {
  test.each([
    'https://example.com/callback',
    'https://example.com/',
    'https://example.com',
    'https://example.com:8443/callback',
    'https://example.com/callback?next=%2Fhome&tenant=7',
    'https://sub-domain.example.co.uk/a/b.c/~d/;x=1',
    'https://xn--mnchen-3ya.de/%C3%BC',
    'https://192.0.2.7/cb',
    'https://[2001:db8::1]/cb',
    'https://localhost:3000/cb',
    'http://localhost/cb',
    'http://localhost:3000/cb',
    'http://127.0.0.1:8080/cb',
    'http://[::1]:8080/cb',
    'com.example.app:/callback',
    'com.example.app://callback',
    'com.example.app-2:/oauth/cb?x=1',
    long(maxRedirectUriLength),
  ])('%s', (uri) => {
    expect(checkRedirectUri(uri)).toEqual({ ok: true })
  })
})

describe('what may not, and what is said about it', () => {
  test.each([
    ['', 'absolute URL'],
    ['/callback', 'absolute URL'],
    ['example.com/callback', 'absolute URL'],
    ['//example.com/callback', 'absolute URL'],
    ['https://', 'absolute URL'],
    ['http://example.com/cb', 'every other host needs https'],
    ['http://localhost.evil.example/cb', 'every other host needs https'],
    ['http://localhost@evil.example/cb', 'every other host needs https'],
    ['http://127.0.0.2/cb', 'every other host needs https'],
    ['http://0.0.0.0/cb', 'every other host needs https'],
    ['http://10.0.0.1/cb', 'every other host needs https'],
    ['javascript:alert(1)', 'private-use scheme with a dot'],
    ['javascript://example.com/%0aalert(1)', 'control characters'],
    ['data:text/html,x', 'private-use scheme with a dot'],
    ['file:///etc/passwd', 'private-use scheme with a dot'],
    ['about:blank', 'private-use scheme with a dot'],
    ['blob:https://example.com/1', 'private-use scheme with a dot'],
    ['vbscript:x', 'private-use scheme with a dot'],
    ['ftp://example.com/cb', 'private-use scheme with a dot'],
    ['myapp:/cb', 'private-use scheme with a dot'],
    ['localhost:3000/cb', 'private-use scheme with a dot'],
    ['urn:ietf:wg:oauth:2.0:oob', 'private-use scheme with a dot'],
    ['com.example.app:callback', 'followed by a slash'],
    ['com.example.app://user@host/cb', 'user name'],
    ['https://example.com/cb#', 'fragment'],
    ['https://example.com/cb#/route', 'fragment'],
    ['https://user@example.com/cb', 'user name'],
    ['https://user:secret@example.com/cb', 'user name'],
    ['https://*.example.com/cb', 'wildcards'],
    ['https://example.com/*', 'wildcards'],
    ['https://example.com/a b', 'no spaces'],
    ['https://example.com/%zz', 'two hex digits'],
    ['https://example.com/100%', 'two hex digits'],
    ['https://example.com/%0d%0aset-cookie:x', 'control characters'],
    ['https://example.com/%00', 'control characters'],
    ['https://example.com/\u0000', 'control characters'],
    ['https://example.com/cb\n', 'no spaces before or after'],
    ['https://exam\tple.com/cb', 'control characters'],
    ['https://ex\u202eample.com/cb', 'ASCII'],
    [long(maxRedirectUriLength + 1), 'at most 2048 characters'],
  ])('%j', (uri, words) => {
    const checked = checkRedirectUri(uri)
    expect(checked.ok).toBe(false)
    expect('problem' in checked && checked.problem).toContain(words)
  })
})

describe('what a URL parser would change is refused, with the form to register', () => {
  test.each([
    ['https://Example.com/cb', 'https://example.com/cb'],
    ['HTTPS://example.com/cb', 'https://example.com/cb'],
    ['https://example.com:443/cb', 'https://example.com/cb'],
    ['http://localhost:80/cb', 'http://localhost/cb'],
    ['https://example.com:08443/cb', 'https://example.com:8443/cb'],
    ['https://example.com/a/../cb', 'https://example.com/cb'],
    ['https://example.com/./cb', 'https://example.com/cb'],
    ['https://example.com/a/%2e%2E/cb', 'https://example.com/cb'],
    ['com.example.app:/a/../cb', 'com.example.app:/cb'],
    ['Com.Example.App:/cb', 'com.example.app:/cb'],
    ['https:\\\\example.com\\cb', 'https://example.com/cb'],
    ['https:example.com/cb', 'https://example.com/cb'],
    ['https:///example.com/cb', 'https://example.com/cb'],
    ['https://example.com?x=1', 'https://example.com/?x=1'],
    ['https://@example.com/cb', 'https://example.com/cb'],
    ['https://ex%61mple.com/cb', 'https://example.com/cb'],
    [' https://example.com/cb', 'https://example.com/cb'],
    ['https://münchen.de/ü', 'https://xn--mnchen-3ya.de/%C3%BC'],
    ['https://example.com/{id}', 'https://example.com/%7Bid%7D'],
    ['http://127.1:3000/cb', 'http://127.0.0.1:3000/cb'],
    ['http://0x7f000001/cb', 'http://127.0.0.1/cb'],
    ['http://2130706433/cb', 'http://127.0.0.1/cb'],
    ['http://[0:0:0:0:0:0:0:1]/cb', 'http://[::1]/cb'],
  ])('%s becomes %s', (uri, form) => {
    const checked = checkRedirectUri(uri)
    expect('problem' in checked && checked.problem.endsWith(`; register ${form}`)).toBe(true)
    expect(checkRedirectUri(form)).toEqual({ ok: true })
  })

  test('no form is offered that would be refused as well', () => {
    for (const uri of [
      'HTTP://Example.com/cb',
      'https://user@Example.com/',
      'JavaScript:alert(1)',
      `${long(400)} `,
    ]) {
      const checked = checkRedirectUri(uri)
      expect('problem' in checked && checked.problem).not.toContain('register ')
    }
  })
})

describe('where the type of a client is said', () => {
  test.each([
    ['native', 'com.example.app:/callback', true],
    ['web', 'com.example.app:/callback', false],
    ['browser', 'com.example.app:/callback', false],
    ['native', 'http://127.0.0.1/cb', true],
    ['web', 'http://localhost/cb', true],
    ['browser', 'http://[::1]:3000/cb', true],
    ['browser', 'https://example.com/cb', true],
  ] as const)('%s and %s: %s', (type, uri, fits) => {
    expect(checkRedirectUri(uri, type).ok).toBe(fits)
  })

  test('no form is offered that it may not have', () => {
    const checked = checkRedirectUri('Com.Example.App:/cb', 'web')
    expect('form' in checked).toBe(false)
    expect(checkRedirectUri('Com.Example.App:/cb', 'native')).toMatchObject({ form: 'com.example.app:/cb' })
  })
})

const pieces = fc.array(
  fc.constantFrom(
    ...[
      'https://',
      'http://',
      'com.example.app:/',
      'HTTP',
      'javascript:',
      'localhost',
      '127.0.0.1',
      '[::1]',
      'Example.com',
      'a.example',
    ],
    ...[
      ':443',
      ':80',
      ':3000',
      '/',
      '//',
      '/cb',
      '/../',
      '/./',
      '%2e',
      '%2E%2e',
      '%00',
      '%zz',
      '%C3',
      '?',
      '?a=b',
      '&',
      '#',
      '@',
      '*',
      '\\',
    ],
    ...[' ', '\t', '\n', 'ü', '{', '|', '"', "'", ';', ':', '..', '.'],
  ),
  { maxLength: 12 },
)
const uris = fc.oneof(
  pieces.map((list) => list.join('')),
  fc.webUrl({ withQueryParameters: true, withFragments: true }),
  fc.string({ unit: 'binary' }),
)

test('whatever is accepted, a URL parser leaves as it is (but for the slash after a bare host), and it is safe to redirect to', () => {
  fc.assert(
    fc.property(uris, (uri) => {
      fc.pre(checkRedirectUri(uri).ok)
      const url = new URL(uri)
      expect([uri, `${uri}/`]).toContain(url.href)
      expect([url.username, url.password, url.hash]).toEqual(['', '', ''])
      expect(uri).toMatch(/^[\x21-\x7e]{1,2048}$/)
      if (url.protocol === 'http:') expect(['localhost', '127.0.0.1', '[::1]']).toContain(url.hostname)
      else if (url.protocol !== 'https:') expect(url.protocol).toContain('.')
    }),
    { numRuns: 3000 },
  )
})

test('every URL as a parser writes it, on https and without fragment, is accepted unless it holds what must be encoded', () => {
  fc.assert(
    fc.property(fc.webUrl({ validSchemes: ['https'], withQueryParameters: true }), (written) => {
      const { href } = new URL(written)
      fc.pre(!/[*"<>\\^`{|}]|%(?![0-9a-f]{2})|%(?:[01][0-9a-f]|7f)/i.test(href))
      expect(checkRedirectUri(href)).toEqual({ ok: true })
    }),
  )
})

test('the same address twice is told, in whatever case it is written', () => {
  const uris = ['https://example.com/cb']
  expect(isDuplicate(uris, 'https://example.com/cb')).toBe(true)
  expect(isDuplicate(uris, 'https://example.com/CB')).toBe(true)
  expect(isDuplicate(uris, 'https://example.com/cb/')).toBe(false)
})
