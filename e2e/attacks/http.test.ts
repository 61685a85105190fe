/** What HTTP lets a stranger send. */
import { gzipSync } from 'node:zlib'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { ask, redirectUri } from '../../packages/server/src/testing/people.ts'
import {
  jwtBearer,
  type StandardScene,
  standardScene,
} from '../../packages/server/src/testing/standard-scene.ts'
import { tokenRequestsPath } from '../../packages/server/src/testing/token-requests.ts'
import { lookedUp } from './testing/looked-up.ts'
import { type Heard, head, onSocket, pour } from './testing/raw-socket.ts'

const form = 'application/x-www-form-urlencoded'
const endpoints = [
  '/oauth2/token',
  '/oauth2/par',
  '/oauth2/device_authorization',
  '/oauth2/revoke',
  '/oauth2/introspect',
]
const megabyte = 1024 * 1024

describe('attack 53: oversized input', () => {
  let scene: StandardScene
  let port: number
  /** Sent byte by byte, from the first moment of this file on. */
  let slow: readonly Promise<Heard>[]
  beforeAll(async () => {
    scene = await standardScene()
    // Half a minute as it is configured, after which nobody listens any longer; here the end of it is near.
    expect(scene.app.server.requestTimeout).toBe(30_000)
    Object.assign(scene.app.server, { requestTimeout: 1000, headersTimeout: 1000 })
    port = Number(new URL(await scene.app.listen({ host: '127.0.0.1', port: 0 })).port)
    const slowly = (first: string, next: string) =>
      onSocket(port, (socket) => {
        socket.write(first)
        const drip = setInterval(() => socket.write(next), 1000)
        socket.on('close', () => clearInterval(drip))
      })
    slow = [
      slowly(head('POST', '/oauth2/token', { 'Content-Type': form, 'Content-Length': '10000' }), 'x'),
      slowly('POST /oauth2/token HTTP/1.1\r\nHost: localhost\r\n', 'X-More: x\r\n'),
    ]
  })
  afterAll(async () => {
    await scene.app.close()
    await scene.close()
  })

  test.each(endpoints)(
    'attack 53: oversized input: a megabyte for %s is answered 413, and read no further',
    async (path) => {
      const heard = await onSocket(port, async (socket) => {
        socket.write(head('POST', path, { 'Content-Type': form, 'Content-Length': `${megabyte}` }))
        await pour(socket, Buffer.alloc(16 * 1024, 'x'), megabyte)
      })
      expect(heard.status).toBe(413)
      expect(heard.text).toContain('"error":"invalid_request"')
      expect(heard.text.toLowerCase()).toContain('connection: close')
    },
  )

  test('attack 53: oversized input: a body of chunks without end is cut off, and a hundred of them leave the memory as it was', async () => {
    const chunk = Buffer.concat([Buffer.from('10000\r\n'), Buffer.alloc(0x10000, 'x'), Buffer.from('\r\n')])
    const endless = () =>
      onSocket(port, async (socket) => {
        socket.write(head('POST', '/oauth2/token', { 'Content-Type': form, 'Transfer-Encoding': 'chunked' }))
        await pour(socket, chunk, 64 * megabyte)
      })
    expect((await endless()).status).toBe(413)
    const before = process.memoryUsage().rss
    for (let round = 0; round < 10; round++) {
      for (const { status, sent } of await Promise.all(Array.from({ length: 10 }, endless))) {
        expect([413, 0]).toContain(status)
        // Of 64 MB: the rest is what lay in the buffers of the two sockets.
        expect(sent).toBeLessThan(16 * megabyte)
      }
    }
    expect(process.memoryUsage().rss - before).toBeLessThan(150 * megabyte)
  })

  test('attack 53: oversized input: 100,000 parameters are refused, and so are 65', async () => {
    const send = async (count: number, path: string) => {
      const payload = Array.from({ length: count }, (_, at) => `p${at}=1`).join('&')
      return scene.app.inject({ method: 'POST', url: path, headers: { 'content-type': form }, payload })
    }
    for (const path of endpoints) {
      expect((await send(100_000, path)).statusCode, path).toBe(413)
      const { statusCode, body } = await send(65, path)
      expect([statusCode, JSON.parse(body).error_description]).toEqual([
        400,
        'There are more than 64 parameters.',
      ])
      expect((await send(64, path)).statusCode, path).toBe(401)
    }
    const many = `/oauth2/authorize?${Array.from({ length: 65 }, (_, at) => `p${at}=1`).join('&')}`
    expect((await scene.app.inject({ method: 'GET', url: many })).statusCode).toBe(400)
  })

  test('attack 53: oversized input: 64 kB of headers are answered 431 before all of them were read', async () => {
    const heard = await onSocket(port, async (socket) => {
      socket.write(`POST /oauth2/token HTTP/1.1\r\nHost: localhost\r\nX-Large: `)
      await pour(socket, Buffer.alloc(8 * 1024, 'x'), 64 * 1024)
    })
    expect(heard.status).toBe(431)
    expect(heard.text).toContain('"error":"invalid_request"')
  })

  test('attack 53: oversized input: a parameter that is longer than it can be is refused by its name', async () => {
    const client_assertion = `${'x'.repeat(9000)}.${'y'.repeat(9000)}.z`
    const { status, body } = await scene.post(
      '/oauth2/introspect',
      { token: 'x', client_assertion, client_assertion_type: jwtBearer },
      'nobody',
    )
    expect([status, body.error, body.error_description]).toEqual([
      400,
      'invalid_request',
      'client_assertion is too long.',
    ])
  })

  test('attack 53: oversized input: whoever sends body or headers a byte a second is answered 408 half a minute later at most', {
    timeout: 60_000,
  }, async () => {
    for (const { status, text } of await Promise.all(slow)) {
      expect(status).toBe(408)
      expect(text).toContain('"error":"invalid_request"')
    }
  })
})

describe('what a request may look like', () => {
  let scene: StandardScene
  beforeEach(async () => {
    scene = await standardScene()
  })
  afterEach(() => scene.close())

  const goodForm = async (): Promise<string> =>
    new URLSearchParams({
      token: 'x',
      client_assertion: await scene.assertion(),
      client_assertion_type: jwtBearer,
    }).toString()

  test('attack 54: wrong content types: whatever is no form in UTF-8 is refused, and nothing is decompressed', async () => {
    const text = await goodForm()
    const bomb = gzipSync(Buffer.alloc(50 * megabyte, 'a=b&'))
    expect(bomb.length).toBeLessThan(64 * 1024)
    const json = JSON.stringify(Object.fromEntries(new URLSearchParams(text)))
    const boundary = `--b\r\nContent-Disposition: form-data; name="token"\r\n\r\nx\r\n--b--\r\n`
    const bodies: readonly (readonly [headers: Record<string, string>, payload: string | Buffer])[] = [
      [{ 'content-type': 'application/json' }, json],
      [{ 'content-type': 'application/json' }, text],
      [{ 'content-type': 'multipart/form-data; boundary=b' }, boundary],
      [{ 'content-type': 'text/plain' }, text],
      [{ 'content-type': 'application/xml' }, '<a/>'],
      [{ 'content-type': `${form}; charset=utf-16` }, Buffer.from(text, 'utf16le')],
      [{ 'content-type': `${form}; charset=iso-8859-1` }, text],
      [{ 'content-type': 'x' }, text],
      [{ 'content-type': form, 'content-encoding': 'gzip' }, gzipSync(text)],
      [{ 'content-type': form, 'content-encoding': 'gzip' }, bomb],
      [{ 'content-type': form, 'content-encoding': 'deflate' }, text],
      [{ 'content-type': form, 'content-encoding': 'br' }, text],
      [{ 'content-type': form }, Buffer.from([...Buffer.from('token='), 0xff, 0xfe])],
      [{ 'content-type': form }, `${text}&a=%ff`],
      [{ 'content-type': form }, `${text}&a=%00`],
    ]
    const before = process.memoryUsage().rss
    for (const url of endpoints) {
      for (const [headers, payload] of bodies) {
        const { statusCode, body } = await scene.app.inject({ method: 'POST', url, headers, payload })
        expect([statusCode, JSON.parse(body).error], `${url} ${JSON.stringify(headers)}`).toEqual([
          400,
          'invalid_request',
        ])
      }
      const untyped = await scene.app.inject({ method: 'POST', url, payload: Buffer.from(text) })
      expect([400, 401], `${url} without a type`).toContain(untyped.statusCode)
    }
    expect(process.memoryUsage().rss - before).toBeLessThan(45 * megabyte)
    // And the form itself is taken, in whatever case its type is written.
    const headers = { 'content-type': 'Application/X-WWW-Form-URLencoded; charset="UTF-8"' }
    const good = await scene.app.inject({ method: 'POST', url: '/oauth2/introspect', headers, payload: text })
    expect(good.statusCode, good.body).toBe(200)
  })

  test('attack 55: wrong methods: a token is given to a POST alone, whatever another header says of the method', async () => {
    for (const url of endpoints) {
      for (const method of ['GET', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS', 'TRACE'] as const) {
        for (const override of [
          {},
          { 'x-http-method-override': 'POST', 'x-http-method': 'POST', 'x-method-override': 'POST' },
        ]) {
          const { statusCode, headers, body } = await scene.app.inject({ method, url, headers: override })
          expect([statusCode, headers.allow], `${method} ${url}`).toEqual([405, 'POST'])
          if (method !== 'HEAD') expect(JSON.parse(body).error).toBe('invalid_request')
        }
      }
      const hidden = { 'content-type': form, 'x-http-method-override': 'GET' }
      const payload = `${await goodForm()}&_method=GET`
      expect((await scene.app.inject({ method: 'POST', url, headers: hidden, payload })).statusCode).not.toBe(
        405,
      )
    }
    for (const method of ['PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE'] as const)
      expect((await scene.app.inject({ method, url: '/oauth2/authorize' })).headers.allow).toBe(
        'GET, HEAD, POST',
      )
  })

  test('attack 56: secret in query string: it opens nothing, is in no log line, and the owner is told', async () => {
    const { client_id, client_secret } = scene.client
    const secret = { client_id, client_secret }
    const query = new URLSearchParams(secret).toString()
    const refused = { ...secret, grant_type: 'refresh_token', refresh_token: 'canary-refresh-token' }
    for (const url of endpoints) {
      const headers = { 'content-type': form }
      const payload = `${await goodForm()}&client_id=${client_id}&grant_type=refresh_token&refresh_token=x`
      const answer = await scene.app.inject({ method: 'POST', url: `${url}?${query}`, headers, payload })
      expect([answer.statusCode, answer.json().error], url).toEqual([400, 'invalid_request'])
      expect(answer.body).not.toContain(client_secret)
    }
    const address = scene.authorizationUrl({ client_secret, refresh_token: refused.refresh_token })
    const page = await scene.app.inject({ method: 'GET', url: address, headers: { accept: 'text/html' } })
    expect([page.statusCode, page.headers.location]).toEqual([400, undefined])
    expect(page.body).not.toContain(client_secret)
    for (const line of scene.deps.logLines) {
      expect(line).not.toContain(client_secret)
      expect(line).not.toContain('canary')
    }

    const told = await lookedUp(scene, { headers: page.headers })
    expect(JSON.stringify(told)).toContain('client_secret')
    expect(JSON.stringify(told)).not.toContain(client_secret)
    const { body } = await ask(scene.app, scene.developer, 'GET', tokenRequestsPath)
    const reasons = body.token_requests.map(({ reason }: { reason: string }) => reason)
    expect(reasons).toContain('credentials_in_address')
    expect(reasons.filter((reason: string) => reason === 'request_malformed')).toHaveLength(endpoints.length)
  })

  test('attack 56: secret in query string: also when everything stands in the address, nothing of it is kept', async () => {
    const { client_id, client_secret } = scene.client
    const url = `/oauth2/token?${new URLSearchParams({ client_id, client_secret, grant_type: 'refresh_token' })}`
    const answer = await scene.app.inject({
      method: 'POST',
      url,
      headers: { 'content-type': form },
      payload: '',
    })
    expect(answer.statusCode).toBe(400)
    expect(scene.deps.logLines.join('')).not.toContain(client_secret)
    const told = JSON.stringify(await lookedUp(scene, { headers: answer.headers }))
    expect(told).not.toContain(client_secret)
  })

  test('attack 60: host header attack: what is published, told and mailed names the server as it is configured', async () => {
    const forged = {
      host: 'evil.example',
      'x-forwarded-host': 'evil.example',
      'x-forwarded-proto': 'gopher',
      'x-forwarded-port': '666',
      forwarded: 'host=evil.example;proto=gopher',
      'x-original-host': 'evil.example',
    }
    const { deps, app } = scene
    const accept = { accept: 'text/html' }
    const bearer = { authorization: `Bearer ${scene.user.token}` }
    const nothingForged = (what: string, answer: { body: string; headers: object }) => {
      expect(JSON.stringify(answer.headers), what).not.toMatch(/evil\.example|gopher|666/)
      expect(answer.body, what).not.toMatch(/evil\.example|gopher/)
    }
    for (const url of ['/.well-known/oauth-authorization-server', '/openapi.json', '/healthz']) {
      const plain = await app.inject({ method: 'GET', url })
      const answer = await app.inject({ method: 'GET', url, headers: forged })
      expect(answer.body, url).toBe(plain.body)
      nothingForged(url, answer)
    }
    for (const url of ['/', '/device', '/errors', '/nowhere', '/oauth2/authorize', scene.authorizationUrl()])
      nothingForged(url, await app.inject({ method: 'GET', url, headers: { ...forged, ...accept } }))
    const refused = await app.inject({
      method: 'POST',
      url: '/oauth2/token',
      headers: { ...forged, 'content-type': form },
      payload: 'a=b',
    })
    expect(refused.json().error_uri).toMatch(/^https:\/\/valetkey\.test\/errors\//)

    const wrong = scene.authorizationUrl({ scope: 'nonsense' })
    const sent = await app.inject({ method: 'GET', url: wrong, headers: { ...forged, ...accept, ...bearer } })
    const location = new URL(String(sent.headers.location))
    expect([`${location.origin}${location.pathname}`, location.searchParams.get('iss')]).toEqual([
      redirectUri,
      'https://valetkey.test',
    ])
    const device = await app.inject({
      method: 'POST',
      url: '/oauth2/device_authorization',
      headers: { ...forged, 'content-type': form },
      payload: `${await goodForm()}&scope=read`,
    })
    expect(device.json().verification_uri).toBe('https://valetkey.test/device')

    const { email } = scene.user.account
    const payload = { email }
    const headers = { host: forged.host, 'x-forwarded-host': forged.host, 'x-forwarded-proto': 'http' }
    expect(
      (await app.inject({ method: 'POST', url: '/api/v0/auth/forgot-password', headers, payload }))
        .statusCode,
    ).toBe(200)
    await deps.background.flush()
    const [mail] = deps.mails
    expect(mail?.text).toContain('https://valetkey.test/')
    expect(mail?.text).not.toContain('evil.example')
  })
})
