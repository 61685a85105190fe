import { randomBytes } from 'node:crypto'
import { hs256 } from '../e2e/testing/hs256.ts'
import type { Piece } from './flood.ts'
import type { App } from './ledger.ts'
import type { Chance } from './random.ts'

const paths = [
  '/api/v0/oauth2/token',
  '/oauth2/token',
  '/oauth2/introspect',
  '/oauth2/revoke',
  '/oauth2/par',
  '/oauth2/device_authorization',
  '/oauth2/authorize',
  '/api/v0/oauth2/request',
  '/api/v0/developer/auth/oauth2/clients',
  '/consent/x',
  '/healthz',
  '/%00%ff',
  `/${'a'.repeat(3000)}`,
]
const negative = Buffer.from('POST /oauth2/token HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n')
const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS', 'BREW']
const types = [
  'application/json',
  'application/x-www-form-urlencoded',
  'text/html',
  'application/json; charset=\u00ff',
]

/** Requests that nobody honest sends, without end: the kinds take turns by chance. */
export function* junk(chance: Chance, app: App, count: number): Iterable<Piece> {
  const noise = randomBytes(1 << 16)
  const bytes = (most: number): Buffer => {
    const from = chance.below(noise.length - most)
    return noise.subarray(from, from + chance.below(most))
  }
  const kinds: readonly (() => Buffer)[] = [
    // JSON of the right form, with a JWT that is noise or signed with another secret.
    () => post('/api/v0/oauth2/token', types[0], JSON.stringify(tokenForm(bytes(90).toString('base64url')))),
    () => post('/api/v0/oauth2/token', types[0], JSON.stringify(tokenForm(forged(chance, app)))),
    () =>
      post(
        '/oauth2/token',
        types[1],
        `grant_type=authorization_code&client_assertion=${forged(chance, app)}&code=${chance.below(1e9)}`,
      ),
    // JSON that is noise, deep, wide, or no JSON at all.
    () => post(chance.pick(paths), types[0], bytes(400)),
    () => post('/api/v0/oauth2/token', types[0], '['.repeat(chance.below(5000))),
    () => post('/api/v0/oauth2/token', types[0], `${'{"a":'.repeat(200)}1${'}'.repeat(200)}`),
    () =>
      post(
        '/api/v0/oauth2/token',
        types[0],
        `{"__proto__":{"x":1},"client_id":${'9'.repeat(chance.below(400))}1}`,
      ),
    () => post('/oauth2/token', types[1], 'a=1&'.repeat(chance.below(2000))),
    // Anything to anywhere.
    () => head(chance.pick(methods), chance.pick(paths), ''),
    () => post(chance.pick(paths), chance.pick(types), bytes(200)),
    () =>
      head('GET', `/oauth2/authorize?${bytes(200).toString('base64url')}=${bytes(50).toString('hex')}`, ''),
    () => head('GET', '/api/v0/auth/account', `authorization: Bearer ${bytes(60).toString('base64url')}\r\n`),
  ]
  for (let n = 0; n < count; n++) {
    // Now and then no HTTP at all.
    if (n % 97 === 0) yield { bytes: bytes(300), whole: false }
    else if (n % 89 === 0) yield { bytes: negative, whole: false }
    else yield { bytes: chance.pick(kinds)(), whole: true }
  }

  function tokenForm(client_secret: string): object {
    const { client_id, redirect_uri } = app
    return { client_id, client_secret, redirect_uri, code: String(chance.next()), passphrase: '' }
  }
}

function forged(chance: Chance, { client_id }: App): string {
  const exp = Math.floor(Date.now() / 1000) + chance.below(600)
  return hs256(
    { client_id: chance.happens(0.5) ? client_id : String(chance.next()), exp },
    String(chance.next()),
  )
}

const head = (method: string, path: string, more: string): Buffer =>
  Buffer.from(`${method} ${path} HTTP/1.1\r\nhost: localhost\r\n${more}\r\n`)

function post(path: string, type = 'application/json', body: string | Buffer): Buffer {
  const bytes = Buffer.from(body)
  return Buffer.concat([
    Buffer.from(
      `POST ${path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: ${type}\r\ncontent-length: ${bytes.length}\r\n\r\n`,
      'latin1',
    ),
    bytes,
  ])
}
