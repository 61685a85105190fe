import type { FastifyInstance } from 'fastify'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { aClient, ask, type Person, redirectUri, signedInPerson, type TestClient } from '../testing/people.ts'
import { type TestDeps, testApp } from '../testing/test-deps.ts'
import { tokenRequestsPath } from '../testing/token-requests.ts'

let app: FastifyInstance
let deps: TestDeps
let url: string
let ada: Person
let client: TestClient
beforeEach(async () => {
  ;({ app, deps } = await testApp())
  url = `${await app.listen({ port: 0, host: '127.0.0.1' })}${tokenRequestsPath}/tail`
  ada = await signedInPerson(deps, 'developer')
  client = await aClient(app, ada)
})
afterEach(async () => {
  await app.close()
  await deps.recorder.flush()
  await deps.store.close()
})

const tail = ({ token = ada.token, ...headers }: Record<string, string> = {}): Promise<Response> =>
  fetch(url, { headers: { authorization: `Bearer ${token}`, ...headers } })

const faceOf = ({ status, headers }: Response) => [
  status,
  headers.get('content-type'),
  headers.get('retry-after'),
]
const json = 'application/json; charset=utf-8'

test('a tail is a stream of server-sent events: a token request comes within three seconds', async () => {
  const answer = await tail()
  expect(faceOf(answer)).toEqual([200, 'text/event-stream; charset=utf-8', null])
  const begun = performance.now()
  const form = { client_id: client.client_id, client_secret: 'no JWT', redirect_uri: redirectUri, code: 'x' }
  const { headers } = await ask(app, undefined, 'POST', '/api/v0/oauth2/token', form)
  let text = ''
  for await (const some of answer.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    text += some
    if (text.includes(String(headers['x-trace-id']))) break
  }
  expect(performance.now() - begun).toBeLessThan(3_000)
  expect(text).toMatch(/^retry: 2000\n\nid: \d+\.[0-9a-f]{8}\nevent: token_request\ndata: \{.*\}\n\n$/)
})

test('a tail that cannot be had is refused as JSON', async () => {
  const user = await signedInPerson(deps, 'user')
  expect(faceOf(await tail({ token: '' }))).toEqual([401, json, null])
  expect(faceOf(await tail({ token: user.token }))).toEqual([401, json, null])
  expect(faceOf(await tail({ 'last-event-id': 'x' }))).toEqual([400, json, null])
  const streams = [await tail(), await tail(), await tail(), await tail(), await tail()]
  expect(faceOf(await tail())).toEqual([429, json, '10'])
  await Promise.all(streams.map((stream) => stream.body?.cancel()))
})

test('a tail ends at once when the server stops', async () => {
  const streams = await Promise.all([tail(), tail(), tail()])
  const begun = performance.now()
  await app.close()
  for (const stream of streams) expect(await stream.text()).toBe('retry: 2000\n\n')
  expect(performance.now() - begun).toBeLessThan(4_000)
})
