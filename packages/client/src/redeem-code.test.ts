import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import { jwtVerify } from 'jose'
import { afterEach, describe, expect, test } from 'vitest'
import { redeemCode } from './redeem-code.ts'
import { ValetkeyError } from './valetkey-error.ts'

const good = {
  client_id: 'photos',
  client_secret: 'secret',
  code: 'c0de',
  redirect_uri: 'http://localhost:3000/cb',
}
const granted = { access_grant: '1abc', scopes: ['read'], expires_in: 2_592_000 }
const refused = {
  error: 'invalid_code',
  error_description: 'Used.',
  trace_id: 'ab'.repeat(16),
  error_uri: 'https://auth.example/errors/invalid_code',
}

const closers: (() => void)[] = []
afterEach(() => {
  for (const close of closers.splice(0)) close()
})

interface Asked {
  readonly path: string | undefined
  readonly contentType: string | undefined
  readonly body: Record<string, string>
}

/** A server that gives one answer, and what it was asked. */
async function answering(status: number, body: string, headers: Record<string, string> = {}) {
  const asked: Asked[] = []
  const server = createServer(async (request, response) => {
    asked.push({
      path: request.url,
      contentType: request.headers['content-type'],
      body: JSON.parse(await textOf(request)),
    })
    response.writeHead(status, { 'x-trace-id': 'cd'.repeat(16), connection: 'close', ...headers }).end(body)
  }).listen(0, '127.0.0.1')
  closers.push(() => server.close())
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return { url: `http://127.0.0.1:${address.port}`, asked }
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

describe('redeemCode', () => {
  test('sends a JWT made with the secret, never the secret, and returns the answer with its trace', async () => {
    const { url, asked } = await answering(200, JSON.stringify(granted))
    expect(await redeemCode({ url, ...good })).toEqual({ ...granted, trace_id: 'cd'.repeat(16) })
    const [request] = asked
    expect(request).toMatchObject({ path: '/api/v0/oauth2/token', contentType: 'application/json' })
    const { client_secret, ...rest } = request?.body ?? {}
    expect(rest).toEqual({ client_id: good.client_id, code: good.code, redirect_uri: good.redirect_uri })
    const { payload } = await jwtVerify(client_secret ?? '', new TextEncoder().encode('secret'))
    expect(payload.client_id).toBe('photos')
  })

  test('a blank passphrase is sent, an absent one is not; the verifier goes along', async () => {
    const { url, asked } = await answering(200, JSON.stringify(granted))
    await redeemCode({ url, ...good, passphrase: '', code_verifier: 'v' })
    expect(asked[0]?.body).toMatchObject({ passphrase: '', code_verifier: 'v' })
  })

  test('a refusal becomes an error with everything the server said', async () => {
    const { url } = await answering(400, JSON.stringify(refused))
    const error = await redeemCode({ url, ...good }).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(ValetkeyError)
    expect(error).toMatchObject({ status: 400, ...refused, message: 'invalid_code: Used.' })
  })

  test.each([
    ['an error page of a proxy', 502, '<html>Bad Gateway</html>'],
    ['an error of somebody in between', 404, '{"error":"not_found"}'],
    ['an answer without an access grant', 200, '{}'],
    ['an answer that is no JSON', 200, 'ok'],
  ])('%s is told from an answer of the server', async (_what, status, body) => {
    const { url } = await answering(status, body)
    await expect(redeemCode({ url, ...good })).rejects.toMatchObject({
      name: 'ValetkeyError',
      status,
      error: 'unexpected_answer',
      trace_id: 'cd'.repeat(16),
    })
  })

  test('a redirect is not followed: nobody else gets the code', async () => {
    const elsewhere = await answering(200, JSON.stringify(granted))
    const { url } = await answering(307, '', { location: elsewhere.url })
    await expect(redeemCode({ url, ...good })).rejects.toThrow(TypeError)
    expect(elsewhere.asked).toEqual([])
  })
})
