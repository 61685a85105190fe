import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { aClient, ask, clientsPath, type Person, redirectUri, signedInPerson } from '../testing/people.ts'
import { type TestDeps, testApp } from '../testing/test-deps.ts'

let app: FastifyInstance
let deps: TestDeps
let ada: Person
beforeAll(async () => {
  ;({ app, deps } = await testApp())
})
beforeEach(async () => {
  ada = await signedInPerson(deps, 'developer')
})
afterAll(async () => {
  await app.close()
  await deps.store.close()
})

const one = (id: string) => `${clientsPath}/${id}`
const good = { name: 'Photos', redirect_uris: [redirectUri] }

test('every change is on record: who, what, to which client, from where, and failures as such', async () => {
  const client = await aClient(app, ada)
  const steps = [
    ['PUT', '', { name: 'Pictures' }, 'client.updated'],
    ['POST', '/redirect-uris', { uri: 'https://b.example/' }, 'client.redirect_uri_added'],
    [
      'PUT',
      '/redirect-uris',
      { old_uri: 'https://b.example/', new_uri: 'https://c.example/' },
      'client.redirect_uri_replaced',
    ],
    ['DELETE', '/redirect-uris', { uri: 'https://c.example/' }, 'client.redirect_uri_removed'],
    ['POST', '/regenerate-secret', undefined, 'client.secret_rotated'],
    ['DELETE', '/secrets/x', undefined, 'client.secret_retired'],
    ['PATCH', '/status', { status: 0 }, 'client.disabled'],
    ['PATCH', '/status', { status: 1 }, 'client.enabled'],
    ['DELETE', '/redirect-uris', { uri: redirectUri }, 'client.redirect_uri_removed'],
    ['DELETE', '', undefined, 'client.deleted'],
  ] as const
  const { events, app: watched, close } = await watchedApp()
  for (const [method, suffix, body, action] of steps) {
    const { headers, status } = await ask(watched, ada, method, one(client.id) + suffix, body)
    expect(events.at(-1)).toEqual({
      actor_kind: 'developer',
      actor_id: ada.account.id,
      action,
      resource: client.id,
      outcome: status < 300 ? 'success' : 'failed',
      network: '127.0.0.1',
      trace_id: headers['x-trace-id'],
    })
  }
  await ask(watched, ada, 'POST', clientsPath, good)
  expect(events.at(-1)).toMatchObject({ action: 'client.registered', outcome: 'success' })
  expect(events).toHaveLength(steps.length + 1)
  await close()
})

/** The same server, with the audit events laid open. */
async function watchedApp() {
  const events: unknown[] = []
  const recorder = { ...deps.recorder, audit: (event: unknown) => void events.push(event) }
  const { app: watched } = await testApp({ store: deps.store, recorder })
  return { events, app: watched, close: () => watched.close() }
}
