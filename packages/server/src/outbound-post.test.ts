import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { OutboundRefused } from './outbound.ts'
import { createPoster, type Poster, type PosterOptions } from './outbound-post.ts'
import { type Certificate, selfSigned } from './testing/certificate.ts'
import { aReceiver, type Receiver } from './testing/webhooks.ts'

let certificate: Certificate
let receiver: Receiver
beforeAll(async () => {
  certificate = selfSigned('DNS:app.test')
  receiver = await aReceiver(certificate)
})
afterAll(() => receiver.close())

const poster = (options: PosterOptions = {}): Poster => createPoster({ ca: certificate.cert, ...options })
const ofNames =
  (...answers: (readonly string[])[]) =>
  async () =>
    answers.shift() ?? []

async function problemOf(work: Promise<unknown>): Promise<string> {
  const error: unknown = await work.then(
    () => undefined,
    (reason) => reason,
  )
  if (!(error instanceof OutboundRefused)) throw error ?? new Error('it was sent')
  return error.code
}

test.each([
  'http://app.example/hook',
  'ftp://app.example/hook',
  'https://user:password@app.example/hook',
  'not a URL',
  `https://app.example/${'x'.repeat(2050)}`,
])('%j is no address to send to', async (url) => {
  expect(await problemOf(poster().check(url))).toBe('url_unfit')
  expect(await problemOf(poster().post(url, {}, '{}'))).toBe('url_unfit')
})

test.each([22, 25, 80, 1023])('port %i is where others than web servers listen', async (port) => {
  expect(await problemOf(poster().check(`https://app.example:${port}/hook`))).toBe('port_unfit')
})

test.each([
  'https://127.0.0.1/hook',
  'https://2130706433/hook',
  'https://0x7f.1/hook',
  'https://[::1]/hook',
  'https://[::ffff:10.0.0.1]/hook',
  'https://10.1.2.3/hook',
  'https://192.168.1.1:8443/hook',
  'https://169.254.169.254/latest/meta-data',
  'https://[fd00::1]/hook',
])('%s leads inside, and nothing goes there', async (url) => {
  expect(await problemOf(poster().check(url))).toBe('address_refused')
  expect(await problemOf(poster().post(url, {}, '{}'))).toBe('address_refused')
})

describe('a name', () => {
  test('with one private address among public ones is refused', async () => {
    const lookup = ofNames(['93.184.215.14', '10.0.0.1'])
    expect(await problemOf(poster({ lookup }).check('https://app.test/hook'))).toBe('address_refused')
  })

  test('that led outside when it was registered, and inside when it is delivered to, is refused', async () => {
    const rebinding = poster({ lookup: ofNames(['93.184.215.14'], ['127.0.0.1']) })
    await rebinding.check(receiver.url)
    expect(await problemOf(rebinding.post(receiver.url, {}, '{}'))).toBe('address_refused')
    expect(receiver.received).toEqual([])
  })

  test('is resolved once per delivery, and only what was checked is connected to', async () => {
    const mayReach = (address: string) => address === '127.0.0.1'
    const checked = poster({ lookup: ofNames(['127.0.0.1'], ['127.0.0.2']), mayReach })
    expect(await checked.post(receiver.url, { 'x-test': 'yes' }, '{"a":"ä"}')).toBe(200)
    expect(receiver.received.at(-1)).toMatchObject({ text: '{"a":"ä"}', headers: { 'x-test': 'yes' } })
    expect(await problemOf(checked.post(receiver.url, {}, '{}'))).toBe('address_refused')
  })

  test('that leads nowhere looks like one that leads inside; one whose server never answers is told apart', async () => {
    for (const lookup of [ofNames([]), ofNames(['10.0.0.1']), () => Promise.reject(new Error('ENOTFOUND'))])
      expect(await problemOf(poster({ lookup }).check('https://app.test/'))).toBe('address_refused')
    const mute = poster({ lookup: () => new Promise(() => {}), timeoutMs: 50 })
    expect(await problemOf(mute.check('https://app.test/'))).toBe('too_slow')
  })
})

test('a certificate that nobody trusts takes nothing', async () => {
  const reach = { lookup: async () => ['127.0.0.1'], mayReach: () => true }
  expect(await problemOf(createPoster(reach).post(receiver.url, {}, '{}'))).toBe('unreachable')
})

test('with --dev http goes to this machine, and nowhere else', async () => {
  const paths: (string | undefined)[] = []
  const server = createServer((request, response) => {
    paths.push(request.url)
    response.end()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  try {
    const dev = createPoster({ mayUseLoopback: true, lookup: ofNames(['127.0.0.1'], ['93.184.215.14']) })
    expect(await dev.post(`http://localhost:${port}/hook`, {}, '{}')).toBe(200)
    expect(await problemOf(dev.post(`http://app.test:${port}/hook`, {}, '{}'))).toBe('address_refused')
    expect(await problemOf(dev.post(`https://127.0.0.1:${port}/hook`, {}, '{}'))).toBe('address_refused')
    expect(paths).toEqual(['/hook'])
  } finally {
    server.close()
  }
})

test('an answer without end is not listened to for long', async () => {
  const server = createServer((_request, response) => {
    response.writeHead(200)
    const more = setInterval(() => response.write('x'.repeat(8192)), 1)
    response.on('close', () => clearInterval(more))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  try {
    const dev = createPoster({ mayUseLoopback: true, timeoutMs: 5000 })
    const begun = Date.now()
    expect(await dev.post(`http://127.0.0.1:${port}/`, {}, '{}')).toBe(200)
    expect(Date.now() - begun).toBeLessThan(3000)
  } finally {
    server.closeAllConnections()
    server.close()
  }
})

describe('an end comes in time', () => {
  /** Answers each connection once, with this text, and never closes. */
  async function saying(said: string): Promise<{ url: string; close(): void }> {
    const server = createTlsServer(certificate, (socket) => {
      socket.on('error', () => {}).once('data', () => socket.write(said))
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    return { url: `https://app.test:${port}/hook`, close: () => server.close() }
  }
  const outside = (timeoutMs: number) =>
    poster({ timeoutMs, lookup: async () => ['127.0.0.1'], mayReach: () => true })

  test.each([
    ['that goes on and on', 'HTTP/1.1 102 Processing\r\n\r\n'.repeat(50), 'too_slow'],
    ['whose head never ends', 'HTTP/1.1 200 OK\r\nx-a: b\r\n', 'too_slow'],
  ])('to an answer %s', async (_what, said, code) => {
    const { url, close } = await saying(said)
    try {
      expect(await problemOf(outside(300).post(url, {}, '{}'))).toBe(code)
    } finally {
      close()
    }
  })

  test('to an answer that changes the protocol: its status is taken', async () => {
    const said = 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n'
    const { url, close } = await saying(said)
    try {
      expect(await outside(300).post(url, {}, '{}')).toBe(101)
    } finally {
      close()
    }
  })

  test('to an answer whose body never comes: its status is taken', async () => {
    const { url, close } = await saying('HTTP/1.1 202 Accepted\r\ncontent-length: 9\r\n\r\n')
    try {
      expect(await outside(300).post(url, {}, '{}')).toBe(202)
    } finally {
      close()
    }
  })
})
