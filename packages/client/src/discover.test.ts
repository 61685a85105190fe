import { describe, expect, test } from 'vitest'
import { discover } from './discover.ts'
import { aDouble, refused, traceId } from './testing/valetkey-double.ts'

const wellKnown = '/.well-known/oauth-authorization-server'

describe('discover', () => {
  test('returns what the server says of itself, as plain JSON', async () => {
    const { url, metadata } = await aDouble()
    const valetkey = await discover(url)
    expect(valetkey).toEqual(metadata)
    expect(JSON.parse(JSON.stringify(valetkey))).toEqual(metadata)
  })

  test('finds the metadata of an issuer with a path between the host and the path', async () => {
    const { url, asked } = await aDouble()
    const issuer = `${url}/tenant/one`
    await expect(discover(issuer)).rejects.toMatchObject({ error: 'unexpected_answer' })
    expect(asked.map(({ path }) => path)).toEqual([`${wellKnown}/tenant/one`])
  })

  test.each([
    ['a slash more', (url: string) => `${url}/`],
    ['another spelling of the host', (url: string) => url.replace('127.0.0.1', 'localhost')],
  ])('refuses a server that calls itself otherwise, be it by %s', async (_what, change) => {
    const { url } = await aDouble()
    await expect(discover(change(url))).rejects.toMatchObject({
      name: 'ValetkeyError',
      error: 'issuer_mismatch',
      status: 200,
      trace_id: traceId,
      error_description: expect.stringContaining(`calls itself "${url}"`),
    })
  })

  test.each([
    ['http beyond the loopback', 'http://auth.example'],
    ['a host that only begins like the loopback', 'http://localhost.example'],
    ['a query', 'https://auth.example?a=1'],
    ['a fragment', 'https://auth.example#a'],
    ['credentials', 'https://user:pass@auth.example'],
    ['another scheme', 'ftp://auth.example'],
    ['no URL', 'auth.example'],
  ])('refuses %s before it asks anybody', async (_what, issuer) => {
    await expect(discover(issuer)).rejects.toThrow(RangeError)
  })

  test.each([
    ['lacks its token endpoint', { token_endpoint: undefined }],
    ['sends secrets over http', { token_endpoint: 'http://auth.example/token' }],
    ['sends users to a script', { authorization_endpoint: 'javascript:alert(1)' }],
    ['has a fragment in an endpoint', { revocation_endpoint: 'https://auth.example/revoke#a' }],
    ['has an endpoint that is a number', { pushed_authorization_request_endpoint: 7 }],
    ['lists no texts', { scopes_supported: [1] }],
    ['has a flag that is a text', { require_pushed_authorization_requests: 'true' }],
  ])('refuses metadata that %s', async (_what, change) => {
    const { url } = await aDouble({
      [wellKnown]: ({ headers }) => {
        const issuer = `http://${headers.host}`
        const good = { issuer, authorization_endpoint: `${issuer}/a`, token_endpoint: `${issuer}/t` }
        return { body: { ...good, ...change } }
      },
    })
    await expect(discover(url)).rejects.toMatchObject({ error: 'unexpected_answer' })
  })
})

describe('every request', () => {
  test('ends when the caller wants, with the reason of the caller', async () => {
    const { url } = await aDouble()
    const reason = new Error('the user has left')
    await expect(discover(url, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
  })

  test('ends after a time, and says so', async () => {
    const { url } = await aDouble()
    const never: typeof fetch = (_url, options) =>
      new Promise((_resolve, reject) => {
        options?.signal?.addEventListener('abort', () => reject(options.signal?.reason))
      })
    await expect(discover(url, { timeoutMs: 20, fetch: never })).rejects.toMatchObject({
      status: 0,
      error: 'unreachable',
      error_description: 'No answer within 20 ms.',
      cause: { name: 'TimeoutError' },
    })
  })

  test('that reaches nobody says why', async () => {
    const error = await discover('http://127.0.0.1:1').catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ name: 'ValetkeyError', status: 0, error: 'unreachable', trace_id: '' })
    expect(error).toMatchObject({ cause: expect.any(TypeError) })
  })

  test('is not redirected: nobody else gets it', async () => {
    const elsewhere = await aDouble()
    for (const status of [301, 302, 303, 307, 308]) {
      const { url } = await aDouble({ [wellKnown]: { status, headers: { location: elsewhere.url } } })
      await expect(discover(url)).rejects.toMatchObject({ error: 'unexpected_answer', status })
    }
    expect(elsewhere.asked).toEqual([])
  })

  test('that is refused tells everything the server said', async () => {
    const { url } = await aDouble({ [wellKnown]: refused('temporarily_unavailable', 503) })
    const { body } = refused('temporarily_unavailable')
    await expect(discover(url)).rejects.toMatchObject({ status: 503, ...Object(body) })
  })

  test('that is refused in the few words of another server keeps the trace of the header', async () => {
    const { url } = await aDouble({ [wellKnown]: { status: 400, body: { error: 'invalid_request' } } })
    await expect(discover(url)).rejects.toMatchObject({
      status: 400,
      error: 'invalid_request',
      error_description: '',
      trace_id: traceId,
      error_uri: '',
    })
  })

  test('that meets the error page of a proxy says so', async () => {
    const { url } = await aDouble({ [wellKnown]: { status: 502, body: '<html>Bad Gateway</html>' } })
    await expect(discover(url)).rejects.toMatchObject({ status: 502, error: 'unexpected_answer' })
  })
})
