import { once } from 'node:events'
import type { RequestListener } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import { createFetcher, type FetcherOptions, isPublicAddress, OutboundRefused } from './outbound.ts'
import { type Certificate, selfSigned } from './testing/certificate.ts'

let certificate: Certificate
beforeAll(() => {
  certificate = selfSigned('DNS:keys.test', 'IP:127.0.0.1')
})

const servers: Server[] = []
afterEach(async () => {
  for (const server of servers.splice(0)) {
    if ('closeAllConnections' in server && typeof server.closeAllConnections === 'function')
      server.closeAllConnections()
    server.close()
    await once(server, 'close')
  }
})

async function listening(server: Server, host = '127.0.0.1'): Promise<number> {
  servers.push(server)
  server.listen(0, host)
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

/** An https server on loopback; every path it was asked for. */
async function serve(listener: RequestListener): Promise<{ url: string; asked: string[] }> {
  const asked: string[] = []
  const server = createHttpsServer(certificate, (request, response) => {
    asked.push(request.url ?? '')
    listener(request, response)
  })
  return { url: `https://keys.test:${await listening(server)}/jwks`, asked }
}

/** As on the internet, with loopback for it and one name that leads there. */
const fetcher = (options: FetcherOptions = {}) =>
  createFetcher({
    ca: certificate.cert,
    mayReach: (address) => address === '127.0.0.1',
    lookup: async () => ['127.0.0.1'],
    ...options,
  })

async function refusalOf(work: Promise<string>): Promise<OutboundRefused> {
  const error: unknown = await work.then(
    () => undefined,
    (reason) => reason,
  )
  if (!(error instanceof OutboundRefused)) throw error ?? new Error('it was read')
  return error
}

test('a text is read over https, uncompressed', async () => {
  const { url, asked } = await serve((request, response) => {
    response
      .setHeader('content-type', 'application/jwk-set+json')
      .end(`{"asked":"${request.headers['accept-encoding']}"}`)
  })
  expect(await fetcher()(`${url}?a=b#c`)).toBe('{"asked":"identity"}')
  expect(asked).toEqual(['/jwks?a=b'])
})

test('an address in place of a name is connected to as it is', async () => {
  const { url } = await serve((_request, response) => response.end('{}'))
  const lookup = () => Promise.reject(new Error('there is no name'))
  expect(await fetcher({ lookup })(url.replace('keys.test', '127.0.0.1'))).toBe('{}')
})

test('a name is resolved once, and only what was checked is connected to', async () => {
  const { url, asked } = await serve((_request, response) => response.end('checked'))
  const answers = [['127.0.0.1'], ['127.0.0.2']]
  const names: string[] = []
  const lookup = async (name: string) => {
    names.push(name)
    return answers.shift() ?? ['127.0.0.2']
  }
  expect(await fetcher({ lookup })(url)).toBe('checked')
  expect(names).toEqual(['keys.test'])
  expect((await refusalOf(fetcher({ lookup })(url))).code).toBe('address_refused')
  expect(asked).toEqual(['/jwks'])
})

test('where one address does not answer, another of those checked does', async () => {
  const { url } = await serve((_request, response) => response.end('{}'))
  const options = { mayReach: () => true, lookup: async () => ['127.0.0.3', '127.0.0.1'] }
  expect(await fetcher(options)(url)).toBe('{}')
})

describe('an answer that is not taken', () => {
  test.each<[what: string, listener: RequestListener, code: string]>([
    ['a redirect', (_, to) => to.writeHead(302, { location: '/elsewhere' }).end(), 'redirected'],
    [
      'a redirect that keeps the method',
      (_, to) => to.writeHead(307, { location: '/elsewhere' }).end(),
      'redirected',
    ],
    ['not modified', (_, to) => to.writeHead(304).end(), 'redirected'],
    ['not found', (_, to) => to.writeHead(404).end('canary'), 'status_wrong'],
    ['no content', (_, to) => to.writeHead(204).end(), 'status_wrong'],
    [
      'a compressed one',
      (_, to) => to.setHeader('content-encoding', 'gzip').end(gzipSync('canary')),
      'encoding_unfit',
    ],
    ['one that is not UTF-8', (_, to) => to.end(Buffer.from([0x22, 0xff, 0x22])), 'encoding_unfit'],
    [
      'one too large by its own word',
      (_, to) => to.setHeader('content-length', 1025).end('x'.repeat(1025)),
      'too_large',
    ],
    [
      'one too large that says nothing of it',
      (_, to) => {
        to.write('x'.repeat(1000))
        to.end('x'.repeat(25))
      },
      'too_large',
    ],
    [
      'one cut off',
      (_, to) => {
        to.setHeader('content-length', 100).write('canary')
        setTimeout(() => to.destroy(), 20)
      },
      'unreachable',
    ],
    ['one that never comes', () => {}, 'too_slow'],
    [
      'one that drips',
      (_, to) => {
        const drip = setInterval(() => to.write('canary'), 20)
        to.on('close', () => clearInterval(drip))
      },
      'too_slow',
    ],
  ])('%s', async (_what, listener, code) => {
    const { url, asked } = await serve(listener)
    const refused = await refusalOf(fetcher({ maxBytes: 1024, timeoutMs: 400 })(url))
    expect(refused.code).toBe(code)
    expect(asked).toEqual(['/jwks'])
    expect(refused.cause).toBeUndefined()
    expect(`${refused.stack}${JSON.stringify(refused)}`).not.toMatch(/canary|elsewhere|keys\.test/)
  })

  test('one of just the size that is allowed is', async () => {
    const { url } = await serve((_request, response) => response.end('x'.repeat(1024)))
    expect(await fetcher({ maxBytes: 1024 })(url)).toHaveLength(1024)
  })
})

describe('a host that is not reached', () => {
  test('a certificate that nobody trusts', async () => {
    const { url, asked } = await serve((_request, response) => response.end('{}'))
    const { mayReach, lookup } = { mayReach: () => true, lookup: async () => ['127.0.0.1'] }
    expect(await refusalOf(createFetcher({ mayReach, lookup })(url))).toMatchObject({
      code: 'unreachable',
      detail: 'DEPTH_ZERO_SELF_SIGNED_CERT',
    })
    expect(asked).toEqual([])
  })

  test('a certificate of another name', async () => {
    const { url } = await serve((_request, response) => response.end('{}'))
    expect(await refusalOf(fetcher()(url.replace('keys.test', 'other.test')))).toMatchObject({
      code: 'unreachable',
      detail: 'ERR_TLS_CERT_ALTNAME_INVALID',
    })
  })

  test('nobody listens', async () => {
    const port = await listening(createTcpServer())
    servers.splice(0).map((server) => server.close())
    expect(await refusalOf(fetcher()(`https://keys.test:${port}/`))).toMatchObject({
      code: 'unreachable',
      detail: 'ECONNREFUSED',
    })
  })

  test('it accepts and says nothing, not even hello', async () => {
    const port = await listening(createTcpServer((socket) => setTimeout(() => socket.destroy(), 600)))
    expect((await refusalOf(fetcher({ timeoutMs: 200 })(`https://keys.test:${port}/`))).code).toBe('too_slow')
  })

  test('it does not speak TLS', async () => {
    const port = await listening(
      createTcpServer((socket) =>
        socket
          .on('error', () => {})
          .resume()
          .end('HTTP/1.1 200 OK\r\n\r\ncanary'),
      ),
    )
    const refused = await refusalOf(fetcher()(`https://keys.test:${port}/`))
    expect(refused.code).toBe('unreachable')
    expect(JSON.stringify(refused)).not.toContain('canary')
  })

  test.each([
    [
      'changes to another protocol',
      'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n',
      'status_wrong',
    ],
    ['only ever says that it goes on', 'HTTP/1.1 102 Processing\r\n\r\n', 'too_slow'],
  ])('it %s', async (_what, said, code) => {
    const sockets: Socket[] = []
    const server = createTlsServer(certificate, (socket) => {
      sockets.push(socket)
      const more = setInterval(() => socket.write(said), 20)
      socket.on('error', () => {}).on('close', () => clearInterval(more))
      socket.resume()
    })
    const port = await listening(server)
    expect((await refusalOf(fetcher({ timeoutMs: 300 })(`https://keys.test:${port}/`))).code).toBe(code)
    await expect.poll(() => sockets.every(({ destroyed }) => destroyed)).toBe(true)
    expect(sockets).toHaveLength(1)
  })

  test('its name cannot be resolved, leads nowhere, or to no address', async () => {
    const gone = () => Promise.reject(Object.assign(new Error('getaddrinfo'), { code: 'ENOTFOUND' }))
    const nowhere = async () => []
    // Nothing tells a name that is not there from one that leads inside.
    for (const lookup of [gone, nowhere, async () => ['10.0.0.1']]) {
      const refused = await refusalOf(fetcher({ lookup })('https://keys.test/'))
      expect(refused).toMatchObject({ code: 'address_refused', detail: undefined })
    }
    const strange = { lookup: async () => ['keys.example'], mayReach: () => true }
    expect((await refusalOf(fetcher(strange)('https://keys.test/'))).code).toBe('address_refused')
  })

  test('its name server never answers', async () => {
    const lookup = () => new Promise<never>(() => {})
    const refused = await refusalOf(fetcher({ lookup, timeoutMs: 50 })('https://keys.test/'))
    expect(refused.code).toBe('too_slow')
  })
})

test.each([
  'http://keys.test/',
  'ftp://keys.test/',
  'file:///etc/passwd',
  'data:application/json,{}',
  'https://user@keys.test/',
  'https://user:password@keys.test/',
  'https://',
  '/jwks',
  '',
  `https://keys.test/${'x'.repeat(2048)}`,
])('%s is no address to read from', async (url) => {
  expect((await refusalOf(fetcher()(url))).code).toBe('url_unfit')
})

describe('nothing that is not public is connected to', () => {
  test.each([
    '127.0.0.1',
    '127.1',
    '2130706433',
    '0x7f000001',
    '0177.0.0.1',
    '１２７.0.0.1',
    '0.0.0.0',
    '[::1]',
    '[::]',
    '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]',
    '[::127.0.0.1]',
    '[64:ff9b::7f00:1]',
    '[2002:7f00:1::]',
    'localhost',
    'LOCALHOST',
  ])('an address that means this very machine: %s', async (host) => {
    let connections = 0
    const port = await listening(createTcpServer(() => connections++))
    const refused = await refusalOf(createFetcher()(`https://${host}:${port}/`))
    expect(refused.code).toBe('address_refused')
    expect(connections).toBe(0)
  })

  test('a name with one private address among public ones', async () => {
    for (const address of ['10.0.0.1', '169.254.169.254', 'fd00:ec2::254', '::ffff:10.0.0.1']) {
      const lookup = async () => ['93.184.215.14', address, '2606:2800:21f:cb07:6820:80da:af6b:8b2c']
      expect((await refusalOf(createFetcher({ lookup })('https://keys.test/'))).code).toBe('address_refused')
    }
  })
})

describe('which addresses are public', () => {
  test.each([
    '1.1.1.1',
    '9.255.255.255',
    '11.0.0.0',
    '100.63.255.255',
    '100.128.0.0',
    '128.0.0.0',
    '172.15.255.255',
    '172.32.0.0',
    '169.253.255.255',
    '192.0.1.0',
    '192.167.255.255',
    '192.169.0.0',
    '198.17.255.255',
    '198.20.0.0',
    '223.255.255.255',
    '2001:200::1',
    '2001:4860:4860::8888',
    '2606:4700:4700::1111',
    '2a00:1450:4001::1',
  ])('%s is', (address) => expect(isPublicAddress(address)).toBe(true))

  test.each([
    '0.0.0.0',
    '0.255.255.255',
    '10.0.0.0',
    '10.255.255.255',
    '100.64.0.0',
    '100.100.100.200',
    '100.127.255.255',
    '127.0.0.1',
    '127.255.255.255',
    '168.63.129.16',
    '169.254.0.0',
    '169.254.169.254',
    '172.16.0.0',
    '172.31.255.255',
    '192.0.0.192',
    '192.0.2.1',
    '192.88.99.1',
    '192.168.0.0',
    '192.168.255.255',
    '198.18.0.0',
    '198.19.255.255',
    '198.51.100.1',
    '203.0.113.1',
    '224.0.0.1',
    '239.255.255.255',
    '240.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::8.8.8.8',
    '::ffff:8.8.8.8',
    '::ffff:0:8.8.8.8',
    '64:ff9b::8.8.8.8',
    '64:ff9b:1::1',
    '100::1',
    '2001::1',
    '2001:0:4136:e378:8000:63bf:3fff:fdd2',
    '2001:2::1',
    '2001:10::1',
    '2001:20::1',
    '2001:1ff:ffff::1',
    '2001:db8::1',
    '2002:808:808::1',
    '3ffe::1',
    '3fff::1',
    '3fff:fff:ffff::1',
    '4000::1',
    '5f00::1',
    'fc00::1',
    'fd00:ec2::254',
    'fe80::1',
    'fe80::1%eth0',
    '2606:4700:4700::1111%eth0',
    'fec0::1',
    'ff02::1',
    'keys.test',
    '8.8.8',
    '',
  ])('%s is not', (address) => expect(isPublicAddress(address)).toBe(false))
})
