/** Who is believed when they say for whom they ask: over sockets, as proxies and their impostors reach the server. */
import { request } from 'node:http'
import { afterEach, describe, expect, test } from 'vitest'
import { aUser, startServer, type TestServer } from './testing/story.ts'

let server: TestServer
afterEach(() => server.stop())

const start = async (trusted_proxies = ''): Promise<void> => {
  server = await startServer({ rate_limits: 'on', trusted_proxies })
}

interface Sent {
  readonly method?: string
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

function send({ method = 'POST', path, headers = {}, body = '' }: Sent) {
  return new Promise<{ status: number; trace_id: string }>((resolve, reject) => {
    const { port } = server.deps.settings
    const sent = request(
      { host: '127.0.0.1', port, method, path, headers: { ...headers }, agent: false },
      (response) => {
        response.resume()
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, trace_id: String(response.headers['x-trace-id']) }),
        )
      },
    )
    sent.on('error', reject)
    sent.end(body)
  })
}

const guess = (headers: Readonly<Record<string, string>>) =>
  send({
    path: '/oauth2/token',
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
    body: 'grant_type=refresh_token&refresh_token=x&client_id=nobody&client_secret=a.b.c',
  })

async function statuses(count: number, work: (at: number) => Promise<{ status: number }>) {
  const counts: Record<number, number> = {}
  for (let at = 0; at < count; at++) {
    const { status } = await work(at)
    counts[status] = (counts[status] ?? 0) + 1
  }
  return counts
}

/** The network that the trace of this request keeps. */
async function networkOf({ trace_id }: { trace_id: string }): Promise<unknown> {
  await server.deps.recorder.flush()
  return (await server.deps.store.traces.find(trace_id))?.request.network
}

const spoofed = (at: number) => ({
  'x-forwarded-for': `198.51.100.${at}, 192.0.2.${at}`,
  forwarded: `for=198.51.100.${at};proto=https`,
  'x-real-ip': `198.51.100.${at}`,
  'x-client-ip': `198.51.100.${at}`,
  'true-client-ip': `198.51.100.${at}`,
  'cf-connecting-ip': `198.51.100.${at}`,
})

describe('without trusted proxies', () => {
  test('attack 61: IP spoofing for limits: whoever makes up a forwarding header is counted, traced and logged by the address they have', async () => {
    await start()
    expect(await statuses(40, (at) => guess(spoofed(at)))).toEqual({ 401: 30, 429: 10 })
    expect(await networkOf(await guess(spoofed(77)))).toBe('127.0.0.1')
    expect(server.logLines.join('')).not.toContain('198.51.100.')
  })

  test('attack 61: IP spoofing for limits: nor does the audit log believe one', async () => {
    await start()
    const user = await aUser(server)
    await send({
      path: '/api/v0/auth/token',
      headers: { 'content-type': 'application/json', ...spoofed(9) },
      body: JSON.stringify({ email: user.email, password: 'wrong' }),
    })
    await server.deps.recorder.flush()
    const response = await fetch(`http://127.0.0.1:${server.deps.settings.port}/api/v0/audit-logs`, {
      headers: { authorization: `Bearer ${user.token}` },
    })
    const text = await response.text()
    expect(text).toContain('127.0.0.1')
    expect(text).not.toContain('198.51.100.')
  })
})

describe('behind trusted proxies', () => {
  test('attack 61: IP spoofing for limits: the right-most address that is none of theirs counts, whatever was written before it', async () => {
    await start('127.0.0.1, 10.0.0.0/8')
    const through = (forged: string, seen: string) => guess({ 'x-forwarded-for': `${forged}, ${seen}` })
    expect(await statuses(40, (at) => through(`198.51.100.${at}`, '203.0.113.9'))).toEqual({
      401: 30,
      429: 10,
    })
    expect(await networkOf(await through('198.51.100.1', '203.0.113.9'))).toBe('203.0.113.9')
    // Another customer of the proxy has tries of their own.
    expect((await through('203.0.113.9', '203.0.113.10')).status).toBe(401)
  })

  test('attack 61: IP spoofing for limits: a chain of them is followed to its end, and a forged proxy is no end of it', async () => {
    await start('127.0.0.1, 10.0.0.0/8')
    const chain = (text: string) => guess({ 'x-forwarded-for': text })
    expect(await networkOf(await chain('203.0.113.9, 10.1.1.1, 10.2.2.2'))).toBe('203.0.113.9')
    expect(await networkOf(await chain('10.9.9.9, 203.0.113.9, 10.2.2.2'))).toBe('203.0.113.9')
    expect(await networkOf(await chain('2001:db8::1, 10.2.2.2'))).toBe('2001:db8::1')
    expect(await networkOf(await guess({}))).toBe('127.0.0.1')
  })

  test('attack 61: IP spoofing for limits: other headers than X-Forwarded-For say nothing, from a proxy neither', async () => {
    await start('127.0.0.1')
    const { 'x-forwarded-for': _, ...others } = spoofed(5)
    expect(await networkOf(await guess(others))).toBe('127.0.0.1')
  })

  test('attack 61: IP spoofing for limits: whoever reaches the server past them is believed nothing', async () => {
    await start('10.0.0.0/8, 192.0.2.0/24')
    expect(await statuses(40, (at) => guess(spoofed(at)))).toEqual({ 401: 30, 429: 10 })
    expect(await networkOf(await guess(spoofed(77)))).toBe('127.0.0.1')
    expect(await networkOf(await guess({ 'x-forwarded-for': '203.0.113.9, 10.1.1.1' }))).toBe('127.0.0.1')
  })
})
