import { rfc3339 } from '@valetkey/protocol'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { isUsable } from '../domain/client.ts'
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
const uris = (id: string) => `${clientsPath}/${id}/redirect-uris`
const rotation = (id: string) => `${clientsPath}/${id}/regenerate-secret`

describe('secrets', () => {
  test('K4 no list, single client or change ever shows a secret', async () => {
    const client = await aClient(app, ada)
    const answers = [
      await ask(app, ada, 'GET', clientsPath),
      await ask(app, ada, 'GET', one(client.id)),
      await ask(app, ada, 'PUT', one(client.id), { name: 'Pictures' }),
      await ask(app, ada, 'POST', uris(client.id), { uri: 'https://b.example/' }),
    ]
    for (const { status, text } of answers) {
      expect(status).toBe(200)
      expect(text).toContain('"client_secret":""')
      expect(text).not.toContain('vks_')
      expect(text).not.toContain('sealed')
    }
  })

  test('a client is shown with the fields of the contract and its profile, and alone with the dates of its secrets', async () => {
    const client = await aClient(app, ada, { description: 'Shows photos', scopes: ['read'] })
    const created_at = rfc3339(deps.clock.now())
    const shown = {
      id: client.id,
      developer_id: ada.account.id,
      client_id: client.client_id,
      client_secret: '',
      name: 'Photos',
      description: 'Shows photos',
      redirect_uris: [redirectUri],
      scopes: ['read'],
      status: 1,
      storx_profile: true,
      token_endpoint_auth_method: 'client_secret_jwt',
      grant_types: ['authorization_code'],
      application_type: 'web',
      jwks: null,
      jwks_uri: null,
      require_pushed_authorization_requests: false,
      created_at,
      updated_at: created_at,
    }
    expect((await ask(app, ada, 'GET', clientsPath)).body).toEqual([shown])
    const secrets = [{ id: expect.any(String), created_at, retires_at: null, last_used_at: null }]
    expect((await ask(app, ada, 'GET', one(client.id))).body).toEqual({ ...shown, secrets })
    expect((await ask(app, ada, 'GET', one(client.client_id))).body).toEqual({ ...shown, secrets })
  })

  test('the secret is kept sealed: what the database holds is no credential', async () => {
    const client = await aClient(app, ada)
    const [secret] = await deps.store.clients.secrets(client.id)
    expect(JSON.stringify(secret)).not.toContain(client.client_secret.slice(4, 20))
    expect(deps.sealer.open('client-secret', secret?.id ?? '', secret?.sealed_secret ?? '').toString()).toBe(
      client.client_secret,
    )
  })

  test('no line of the log holds a secret', async () => {
    const client = await aClient(app, ada)
    const { body } = await ask(app, ada, 'POST', rotation(client.id))
    const log = deps.logLines.join('\n')
    expect(log).toContain('regenerate-secret')
    for (const text of [client.client_secret, body.client_secret, ada.token]) expect(log).not.toContain(text)
  })

  test('K5 regenerate-secret answers a new secret, and the old one is dead at once', async () => {
    const client = await aClient(app, ada)
    const { status, body } = await ask(app, ada, 'POST', rotation(client.id))
    expect(status).toBe(200)
    expect(body).toEqual({ client_id: client.client_id, client_secret: expect.stringMatching(/^vks_/) })
    expect(await usableSecrets(client.id)).toEqual([body.client_secret])
    expect(body.client_secret).not.toBe(client.client_secret)
  })

  test('K5 with keep_previous_for the old one works until then, no longer', async () => {
    const client = await aClient(app, ada)
    deps.clock.advance(1)
    const retires_at = rfc3339(deps.clock.now() + 3600)
    const { body } = await ask(app, ada, 'POST', rotation(client.id), { keep_previous_for: 3600 })
    expect(await usableSecrets(client.id)).toEqual([body.client_secret, client.client_secret])
    const { secrets } = (await ask(app, ada, 'GET', one(client.id))).body
    expect(secrets).toMatchObject([{ retires_at: null }, { retires_at }])
    deps.clock.advance(3599)
    expect(await usableSecrets(client.id)).toHaveLength(2)
    deps.clock.advance(1)
    expect(await usableSecrets(client.id)).toEqual([body.client_secret])
  })

  test('a rotation at once also ends a secret that was kept for longer, and none is prolonged', async () => {
    const client = await aClient(app, ada)
    await ask(app, ada, 'POST', rotation(client.id), { keep_previous_for: 3600 })
    deps.clock.advance(60)
    expect(await usableSecrets(client.id)).toHaveLength(2)
    const { body } = await ask(app, ada, 'POST', rotation(client.id), {})
    expect(await usableSecrets(client.id)).toEqual([body.client_secret])
  })

  test('no more than two secrets work at once', async () => {
    const client = await aClient(app, ada)
    expect((await ask(app, ada, 'POST', rotation(client.id), { keep_previous_for: 600 })).status).toBe(200)
    const refused = await ask(app, ada, 'POST', rotation(client.id), { keep_previous_for: 600 })
    expect([refused.status, refused.body.error]).toEqual([400, 'invalid_request'])
    expect(refused.body.error_description).toContain('Two secrets')
    expect((await ask(app, ada, 'POST', rotation(client.id))).status).toBe(200)
  })

  test.each([-1, 1.5, 2_592_001, '60', null])(
    'keep_previous_for %j is refused, and nothing is rotated',
    async (keep_previous_for) => {
      const client = await aClient(app, ada)
      expect((await ask(app, ada, 'POST', rotation(client.id), { keep_previous_for })).status).toBe(400)
      expect(await usableSecrets(client.id)).toEqual([client.client_secret])
    },
  )

  async function usableSecrets(id: string): Promise<string[]> {
    const secrets = await deps.store.clients.secrets(id)
    return secrets
      .filter((secret) => isUsable(secret, deps.clock.now()))
      .map((secret) => deps.sealer.open('client-secret', secret.id, secret.sealed_secret).toString())
  }
})
