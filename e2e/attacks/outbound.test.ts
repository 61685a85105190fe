/** Addresses in what a client registers lead to nobody but the public. */
import { generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { createServer as createHttpsServer } from 'node:https'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { SignJWT } from 'jose'
import { afterEach, expect, test } from 'vitest'
import { createClientKeys } from '../../packages/server/src/client-keys.ts'
import type { Clock } from '../../packages/server/src/deps.ts'
import { createFetcher, type Fetcher, type FetcherOptions } from '../../packages/server/src/outbound.ts'
import { selfSigned } from '../../packages/server/src/testing/certificate.ts'
import { type Answer, ask } from '../../packages/server/src/testing/people.ts'
import {
  jwtBearer,
  posted,
  type StandardScene,
  standardScene,
} from '../../packages/server/src/testing/standard-scene.ts'
import { seen } from './testing/seen.ts'

const { privateKey } = generateKeyPairSync('ed25519')
const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

/** Something of the inside that must not hear of us, and how many connections it had. */
async function inside(): Promise<{ readonly port: number; connections(): number }> {
  let connections = 0
  const server = createServer((socket) => {
    connections++
    socket.on('error', () => undefined).destroy()
  })
  return { port: await listening(server, '127.0.0.1'), connections: () => connections }
}

async function listening(server: Server, host: string): Promise<number> {
  closing.push(() => server.close())
  server.listen(0, host)
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

interface Place {
  readonly scene: StandardScene
  /** What the fetcher was asked for, and how each attempt ended. */
  readonly attempts: { readonly url: string; outcome: string }[]
}

/** A server whose only outward way is watched; without options it is the one that every server has. */
async function aPlace(options?: FetcherOptions): Promise<Place> {
  const fetcher = createFetcher(options)
  const attempts: { url: string; outcome: string }[] = []
  const watchedFetcher: Fetcher = async (url) => {
    const attempt = { url, outcome: 'read' }
    attempts.push(attempt)
    return fetcher(url).catch((thrown) => {
      attempt.outcome = thrown.code
      throw thrown
    })
  }
  const clock: Clock = { now: () => 1_800_000_000, nowMs: () => 1_800_000_000_000 }
  const scene = await standardScene({ clientKeys: createClientKeys(watchedFetcher, clock) })
  closing.push(() => scene.close())
  return { scene, attempts }
}

const register = (scene: StandardScene, metadata: object): Promise<Answer> =>
  ask(scene.app, scene.developer, 'POST', '/oauth2/register', {
    redirect_uris: ['https://photos.example/callback'],
    token_endpoint_auth_method: 'private_key_jwt',
    ...metadata,
  })

/** What makes a server look for the keys of a client: an assertion that may be signed with one. */
async function knock(scene: StandardScene, client_id: string): Promise<Answer> {
  const now = scene.deps.clock.now()
  const claims = {
    iss: client_id,
    sub: client_id,
    aud: 'https://valetkey.test',
    iat: now,
    exp: now + 60,
    jti: crypto.randomUUID(),
  }
  const client_assertion = await new SignJWT(claims)
    .setProtectedHeader({ alg: 'EdDSA', kid: 'k' })
    .sign(privateKey)
  return posted(scene.app, '/oauth2/introspect', {
    token: 'x',
    client_assertion,
    client_assertion_type: jwtBearer,
  })
}

test('attack 69: SSRF by metadata: keys at an address of the inside, however it is written, are not fetched', async () => {
  const target = await inside()
  const { scene, attempts } = await aPlace()
  const unknown = seen(await knock(scene, '01890000-0000-4000-8000-000000000000'))
  const hosts = [
    '127.0.0.1',
    'localhost',
    '127.1',
    '2130706433',
    '0x7f000001',
    '0177.0.0.1',
    '0.0.0.0',
    '[::1]',
    '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]',
    '169.254.169.254',
    '[fe80::1]',
    '[fd00:ec2::254]',
    '10.0.0.1',
    '172.16.0.1',
    '192.168.0.1',
    '100.64.0.1',
  ]
  for (const host of hosts) {
    const { status, body, text } = await register(scene, { jwks_uri: `https://${host}:${target.port}/jwks` })
    expect(status, text).toBe(201)
    expect(seen(await knock(scene, body.client_id)), host).toEqual(unknown)
  }
  expect(attempts).toHaveLength(hosts.length)
  for (const { url, outcome } of attempts) expect([outcome, url]).toEqual(['address_refused', url])
  expect(target.connections()).toBe(0)
})

test('attack 69: SSRF by metadata: an address that is no public https URL is not even registered', async () => {
  const target = await inside()
  const { scene, attempts } = await aPlace()
  for (const jwks_uri of [
    `http://127.0.0.1:${target.port}/jwks`,
    'file:///etc/passwd',
    'gopher://127.0.0.1/',
    'https://user:password@keys.example/jwks',
    'https://keys.example/jwks#fragment',
    'https://keys.example/a b',
    'data:application/json,{}',
    'jwks',
  ]) {
    const { status, body } = await register(scene, { jwks_uri })
    expect([status, body.error], jwks_uri).toEqual([400, 'invalid_client_metadata'])
  }
  expect(attempts).toEqual([])
  expect(target.connections()).toBe(0)
})

test('attack 69: SSRF by metadata: what a client says of its logo and its papers is kept nowhere and fetched by nobody', async () => {
  const target = await inside()
  const { scene } = await aPlace()
  const url = `http://127.0.0.1:${target.port}/x`
  const papers = {
    logo_uri: url,
    policy_uri: url,
    tos_uri: url,
    client_uri: url,
    sector_identifier_uri: url,
    request_uris: [url],
    initiate_login_uri: url,
    software_statement: 'a.b.c',
  }
  const registered = await register(scene, { ...papers, token_endpoint_auth_method: 'client_secret_jwt' })
  expect(registered.status, registered.text).toBe(201)
  expect(registered.text).not.toContain(String(target.port))
  const stored = await scene.deps.store.clients.findByClientId(registered.body.client_id)
  expect(JSON.stringify(stored)).not.toContain(String(target.port))
  await scene.browser.decide(scene.authorizationUrl())
  expect(target.connections()).toBe(0)
})

test('attack 69: SSRF by metadata: a name that leads inside the second time it is asked leads nowhere', async () => {
  const target = await inside()
  // Stands for the internet; nothing listens there.
  const outside = '127.0.0.2'
  const answers = [[outside], ['127.0.0.1'], [outside, '127.0.0.1'], ['127.0.0.1', outside]]
  const lookups: string[] = []
  const { scene, attempts } = await aPlace({
    mayReach: (address) => address === outside,
    lookup: async (name) => {
      lookups.push(name)
      return answers.shift() ?? ['127.0.0.1']
    },
  })
  for (let at = 0; at < 4; at++) {
    const { body } = await register(scene, { jwks_uri: `https://keys.test:${target.port}/jwks` })
    expect((await knock(scene, body.client_id)).status).toBe(401)
    // Once for each attempt, so that the answer that was checked is the one that counts.
    expect(lookups).toHaveLength(at + 1)
  }
  expect(attempts.map(({ outcome }) => outcome)).toEqual([
    'unreachable',
    'address_refused',
    'address_refused',
    'address_refused',
  ])
  expect(target.connections()).toBe(0)
})

test('attack 69: SSRF by metadata: a redirect to the inside is not followed', async () => {
  const target = await inside()
  const outside = '127.0.0.2'
  const certificate = selfSigned('DNS:keys.test')
  let asked = 0
  const redirecting = createHttpsServer(certificate, (_request, response) => {
    asked++
    response.writeHead(302, { location: `https://127.0.0.1:${target.port}/jwks` }).end()
  })
  const port = await listening(redirecting, outside)
  const { scene, attempts } = await aPlace({
    mayReach: (address) => address === outside,
    lookup: async () => [outside],
    ca: certificate.cert,
  })
  const { body } = await register(scene, { jwks_uri: `https://keys.test:${port}/jwks` })
  expect((await knock(scene, body.client_id)).status).toBe(401)
  expect([asked, attempts.map(({ outcome }) => outcome)]).toEqual([1, ['redirected']])
  expect(target.connections()).toBe(0)
  // However often a stranger knocks, it is not fetched again at once.
  for (let again = 0; again < 50; again++) await knock(scene, body.client_id)
  expect(asked).toBe(1)
})
