import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import {
  aClient,
  aCode,
  aUser,
  call,
  jwtSecret,
  redeem,
  startServer,
  type TestServer,
} from '../../../../e2e/testing/story.ts'
import { clientAuthenticationSteps } from '../domain/token-request.ts'
import { endpointOf } from './otlp.ts'

interface SeenSpan {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly name: string
  readonly kind: number
  readonly startTimeUnixNano: string
  readonly endTimeUnixNano: string
  readonly attributes: readonly { key: string; value: Record<string, string> }[]
  readonly links?: readonly { traceId: string; spanId: string }[]
  readonly status?: { code: number }
}

/** What an OpenTelemetry collector is to us: it takes documents over HTTP. */
let collector: Server
let bodies: string[]
let asked: { url: string | undefined; headers: IncomingHttpHeaders }[]
let answer: number
let server: TestServer | undefined

beforeEach(async () => {
  bodies = []
  asked = []
  answer = 200
  collector = createServer(async (request, response) => {
    const chunks = await request.toArray()
    bodies.push(Buffer.concat(chunks).toString())
    asked.push({ url: request.url, headers: request.headers })
    response.writeHead(answer, { 'content-type': 'application/json' }).end('{}')
  }).listen(0, '127.0.0.1')
  await once(collector, 'listening')
})

afterEach(async () => {
  await server?.stop()
  server = undefined
  collector.closeAllConnections()
  collector.close()
})

const port = (): number => (collector.address() as AddressInfo).port

async function traced(settings: Parameters<typeof startServer>[0] = {}): Promise<TestServer> {
  server = await startServer({ otlp_url: `http://127.0.0.1:${port()}`, ...settings })
  return server
}

async function spans(): Promise<SeenSpan[]> {
  await server?.deps.tracing.flush()
  return bodies.flatMap((body) => JSON.parse(body).resourceSpans[0].scopeSpans[0].spans)
}

/** The spans of one request; its root leaves as its connection is done with it. */
const spansOf = (trace_id: string): Promise<SeenSpan[]> =>
  vi.waitFor(async () => {
    const found = (await spans()).filter(({ traceId }) => traceId === trace_id)
    expect(found.length).toBeGreaterThan(0)
    return found
  }, 10_000)

function there<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new Error('it is not there')
  return value
}

const factsOf = ({ attributes }: SeenSpan) =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, value.stringValue ?? Number(value.intValue)]))

test('a token request is a tree of spans: the request, its steps in their order, and what each asked the database', async () => {
  const here = await traced()
  const client = await aClient(here)
  const { code } = await aCode(here, client, await aUser(here))
  const { status, body, headers } = await redeem(here, client, code, { passphrase: 'canary-passphrase' })
  expect([status, typeof body.access_grant]).toEqual([200, 'string'])
  const seen = await spansOf(headers.get('x-trace-id') ?? '')

  const roots = seen.filter(({ parentSpanId }) => parentSpanId === undefined)
  expect(roots.map(({ name, kind }) => [name, kind])).toEqual([['POST /api/v0/oauth2/token', 2]])
  const root = there(roots[0])
  expect(factsOf(root)).toEqual({
    'http.request.method': 'POST',
    'http.route': '/api/v0/oauth2/token',
    'http.response.status_code': 200,
  })
  const steps = seen.filter(({ parentSpanId, kind }) => parentSpanId === root.spanId && kind === 1)
  expect(steps.slice(0, 6).map(({ name }) => name)).toEqual(clientAuthenticationSteps)
  expect(steps.at(-1)?.name).toBe('spend_code')
  for (const step of steps) expect(factsOf(step)).toEqual({ 'valetkey.step.result': 'passed' })

  const under = (step: string) => {
    const { spanId } = there(seen.find(({ name }) => name === step))
    return seen.filter(({ parentSpanId }) => parentSpanId === spanId)
  }
  expect(under('fetch_client').map(({ name, kind }) => [name, kind])).toEqual([['store codes.read', 3]])
  expect(under('spend_code').map((span) => factsOf(span))).toEqual([{ 'db.operation.name': 'codes.redeem' }])

  const ids = new Set(seen.map(({ spanId }) => spanId))
  expect(ids.size).toBe(seen.length)
  for (const { parentSpanId, startTimeUnixNano, endTimeUnixNano } of seen) {
    if (parentSpanId !== undefined) expect(ids).toContain(parentSpanId)
    expect(BigInt(startTimeUnixNano)).toBeLessThanOrEqual(BigInt(endTimeUnixNano))
    expect(BigInt(root.startTimeUnixNano)).toBeLessThanOrEqual(BigInt(startTimeUnixNano))
    expect(BigInt(endTimeUnixNano)).toBeLessThanOrEqual(BigInt(root.endTimeUnixNano))
  }
  expect(asked[0]?.url).toBe('/v1/traces')
  const [{ resource }] = JSON.parse(bodies[0] ?? '').resourceSpans
  expect(JSON.stringify(resource)).toContain('"service.name"')
})

test('requests at the same moment, in either dialect, keep their spans apart', async () => {
  const here = await traced()
  const client = await aClient(here)
  const user = await aUser(here)
  const codes: string[] = []
  for (let at = 0; at < 6; at++) codes.push((await aCode(here, client, user)).code)
  const answers = await Promise.all([
    ...codes.map((code) => redeem(here, client, code)),
    call(here, 'POST', '/oauth2/token', {
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: `grant_type=authorization_code&client_id=${client.client_id}&code=x&redirect_uri=x`,
    }),
  ])
  for (const [at, { headers }] of answers.entries()) {
    const seen = await spansOf(headers.get('x-trace-id') ?? '')
    const asked = seen.filter(({ kind }) => kind === 3).map(({ name }) => name)
    expect(asked).toEqual(at < 6 ? ['store codes.read', 'store codes.redeem'] : ['store codes.read'])
    expect(seen.filter(({ name }) => name === 'fetch_client')).toHaveLength(1)
  }
})

test('no secret is in any span, whatever is sent', async () => {
  const here = await traced()
  const client = await aClient(here)
  const user = await aUser(here)
  const { code } = await aCode(here, client, user)
  const jwt = await jwtSecret(client)
  const passphrase = 'canary-passphrase-4711'
  await call(here, 'GET', `/canary-path/${code}?client_secret=${jwt}`)
  await call(here, 'GET', `/oauth2-integration?client_id=${client.client_id}&client_secret=${jwt}`)
  await call(here, 'POST', `/api/v0/oauth2/token?code=${code}`, { body: { code } })
  await call(here, 'GET', '/api/v0/auth/account', {
    token: user.token,
    headers: {
      'user-agent': `canary ${jwt}`,
      traceparent: code,
      tracestate: `x=${code}`,
      baggage: `x=${code}`,
    },
  })
  await redeem(here, client, code, { client_id: code, passphrase })
  await redeem(here, client, code, { client_secret: client.client_secret, passphrase })
  await redeem(here, client, code, { passphrase })
  await here.deps.recorder.flush()
  expect((await spans()).length).toBeGreaterThan(40)
  const all = Buffer.from(bodies.join(''))
  here.secrets.add('passphrase', passphrase)
  expect(here.secrets.findIn({ 'a span': all })).toBe(undefined)
  for (const known of ['canary', client.client_id, user.email, user.token, code, '127.0.0.1'])
    expect(all.includes(known), known).toBe(false)
})

test('a refused step says why, and the request does', async () => {
  const here = await traced()
  const client = await aClient(here)
  const refused = await redeem(here, client, 'nobody issued this')
  const seen = await spansOf(refused.headers.get('x-trace-id') ?? '')
  const wrong = seen.filter((span) => 'valetkey.reason' in factsOf(span))
  expect(wrong.map((span) => [span.name, factsOf(span)['valetkey.reason']])).toEqual([
    ['POST /api/v0/oauth2/token', 'code_unknown'],
    ['find_code', 'code_unknown'],
  ])
})

test('the caller’s traceparent is linked to, and decides neither our trace id nor whether we look', async () => {
  const here = await traced()
  const [theirs, parent] = ['0af7651916cd43dd8448eb211c80319c', 'b7ad6b7169203331']
  for (const [traceparent, links] of [
    [`00-${theirs}-${parent}-00`, [{ traceId: theirs, spanId: parent }]],
    [`00-${'0'.repeat(32)}-${parent}-01`, undefined],
    [`ff-${theirs}-${parent}-01`, undefined],
    [`00-${theirs}-${parent}`, undefined],
    ['canary', undefined],
  ] as const) {
    const { headers } = await call(here, 'GET', '/api/v0/auth/account', { headers: { traceparent } })
    const trace_id = headers.get('x-trace-id') ?? ''
    expect(trace_id).not.toBe(theirs)
    const root = (await spansOf(trace_id)).find(({ parentSpanId }) => parentSpanId === undefined)
    expect(root?.links, traceparent).toEqual(links)
  }
})

test('as many requests are traced as the setting says, and health checks never', async () => {
  const here = await traced({ otlp_sample: '50' })
  const ids: string[] = []
  for (let at = 0; at < 40; at++) {
    const { headers } = await call(here, 'GET', '/api/v0/auth/account')
    ids.push(headers.get('x-trace-id') ?? '')
    await call(here, 'GET', '/healthz')
  }
  const chosen = ids.filter((id) => Number.parseInt(id.slice(0, 1), 16) < 8)
  await vi.waitFor(async () => {
    const roots = (await spans()).filter(({ parentSpanId }) => parentSpanId === undefined)
    expect(roots.map(({ traceId }) => traceId).sort()).toEqual(chosen.sort())
  }, 10_000)
})

test('what the server has seen leaves before it stops', async () => {
  const here = await traced()
  await call(here, 'GET', '/api/v0/auth/account')
  await here.stop()
  server = undefined
  expect(bodies.join('')).toContain('GET /api/v0/auth/account')
})

test('a collector that refuses or is gone costs spans, which are counted, and no answer', async () => {
  const here = await traced({ metrics_token: 'a-token-for-prometheus' })
  const lost = async (): Promise<number> => {
    const headers = { authorization: 'Bearer a-token-for-prometheus' }
    const { text } = await call(here, 'GET', '/metrics', { headers })
    return Number(/^valetkey_spans_lost_total (\d+)$/m.exec(text)?.[1])
  }
  answer = 503
  expect((await call(here, 'GET', '/api/v0/auth/account')).status).toBe(401)
  await vi.waitFor(async () => {
    await here.deps.tracing.flush()
    expect(await lost()).toBeGreaterThan(0)
  }, 10_000)
  const before = await lost()
  collector.closeAllConnections()
  collector.close()
  expect((await call(here, 'GET', '/api/v0/auth/account')).status).toBe(401)
  await vi.waitFor(async () => {
    await here.deps.tracing.flush()
    expect(await lost()).toBeGreaterThan(before)
  }, 10_000)
  const lines = here.logLines.filter((line) => line.includes('"spans_lost"'))
  expect(lines).toHaveLength(1)
  expect(lines[0]).toContain('"status":503')
})

test.each([
  ['http://127.0.0.1:4318', 'http://127.0.0.1:4318/v1/traces', undefined],
  ['https://otlp.example/otlp/v1/traces', 'https://otlp.example/otlp/v1/traces', undefined],
  ['https://me:p%40ss@otlp.example', 'https://otlp.example/v1/traces', `Basic ${btoa('me:p@ss')}`],
])('spans for %s go to %s', (url, address, authorization) => {
  expect(endpointOf(url)).toEqual({
    address,
    authorization: authorization === undefined ? {} : { authorization },
  })
})
