import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { freePort } from '../../../../e2e/testing/free-port.ts'
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

const token = 'a-token-for-prometheus'
const bearer = { authorization: `Bearer ${token}` }
let server: TestServer | undefined
afterEach(() => server?.stop())

/** The value of one series; undefined when there is no such series. */
const figureOf = (text: string, series: string): number | undefined => {
  const line = text.split('\n').find((one) => one.startsWith(`${series} `))
  return line === undefined ? undefined : Number(line.slice(series.length + 1))
}

test('a story of token requests is on the page: outcomes, reasons, consents, redemptions, times of the database', async () => {
  server = await startServer({ metrics_token: token })
  const client = await aClient(server)
  const user = await aUser(server)
  const { code } = await aCode(server, client, user)
  await redeem(server, client, code, {
    client_secret: await jwtSecret({ ...client, client_secret: 'another secret of the same length or so' }),
  })
  expect((await redeem(server, client, code, { passphrase: 'a passphrase' })).status).toBe(200)
  await redeem(server, client, code)

  const { text } = await call(server, 'GET', '/metrics', { headers: bearer })
  const of = (series: string) => figureOf(text, series)
  expect(of('valetkey_token_requests_total{dialect="storx",outcome="granted",reason="none"}')).toBe(1)
  expect(
    of('valetkey_token_requests_total{dialect="storx",outcome="refused",reason="signature_wrong"}'),
  ).toBe(1)
  expect(of('valetkey_token_requests_total{dialect="storx",outcome="refused",reason="code_replayed"}')).toBe(
    1,
  )
  expect(of('valetkey_token_request_seconds_count{dialect="storx",outcome="granted"}')).toBe(1)
  expect(of('valetkey_refusals_total{reason="code_replayed"}')).toBe(1)
  expect(of('valetkey_redemptions_total{result="done"}')).toBe(1)
  expect(of('valetkey_consents_total{decision="approved"}')).toBe(1)
  expect(of('valetkey_revocations_total{by="replay"}')).toBe(1)
  expect(of('valetkey_sessions_total{kind="user"}')).toBeGreaterThanOrEqual(1)
  expect(of('valetkey_argon2id_seconds_count{of="root_key"}')).toBe(1)
  expect(of('valetkey_argon2id_running{of="root_key"}')).toBe(0)
  expect(of('valetkey_store_group_size_count')).toBe(1)
  expect(of('valetkey_store_seconds_count{method="codes.redeem"}')).toBe(1)
  expect(of('valetkey_http_requests_in_progress')).toBe(1)
  const route = 'method="POST",route="/api/v0/oauth2/token"'
  expect(of(`valetkey_http_request_seconds_count{${route},status="200"}`)).toBe(1)
  for (const secret of [client.client_id, client.client_secret, code, user.email, '127.0.0.1'])
    expect(text).not.toContain(secret)
})

test('without a token set there is nothing at /metrics, and with one nothing for whoever has it not', async () => {
  server = await startServer()
  const unset = await call(server, 'GET', '/metrics', { headers: bearer })
  await server.stop()
  server = await startServer({ metrics_token: token })
  const here = server
  const strangers = [
    {},
    { authorization: `Bearer ${token}x` },
    { authorization: token },
    { authorization: `Basic ${token}` },
  ]
  const nowhere = await call(server, 'GET', '/metricz')
  for (const answer of [
    unset,
    ...(await Promise.all(strangers.map((headers) => call(here, 'GET', '/metrics', { headers })))),
  ]) {
    expect(answer.status).toBe(404)
    expect(answer.body.error).toBe(nowhere.body.error)
    expect(answer.text).not.toContain('valetkey_')
  }
  expect((await call(server, 'GET', '/metrics', { headers: bearer })).status).toBe(200)
})

test('a listener of its own answers GET /metrics and nothing else, and goes with the server', async () => {
  const port = await freePort()
  server = await startServer({ metrics_port: String(port) })
  const ask = (path: string, method = 'GET') => fetch(`http://127.0.0.1:${port}${path}`, { method })
  const page = await ask('/metrics')
  expect(page.headers.get('content-type')).toMatch(/^text\/plain/)
  expect(await page.text()).toContain('valetkey_build_info{')
  expect((await ask('/metrics', 'POST')).status).toBe(405)
  for (const path of ['/', '/healthz', '/console', '/metrics/x']) expect((await ask(path)).status).toBe(404)
  expect((await call(server, 'GET', '/metrics')).status).toBe(404)
  await server.stop()
  server = undefined
  await expect(ask('/metrics')).rejects.toThrow()
})

test('a metrics port that is taken stops the start and names the setting', async () => {
  const taken = createServer().listen(0, '127.0.0.1')
  await once(taken, 'listening')
  const { port } = taken.address() as AddressInfo
  await expect(startServer({ metrics_port: String(port) })).rejects.toThrow(
    /VALETKEY_METRICS_PORT \(EADDRINUSE\)/,
  )
  taken.close()
})
