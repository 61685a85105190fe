/** A form says what its fields are for, and nothing else. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ask, clientsPath, redirectUri, signedInPerson } from '../../packages/server/src/testing/people.ts'
import { type StandardScene, standardScene } from '../../packages/server/src/testing/standard-scene.ts'
import { tokenRequestsPath } from '../../packages/server/src/testing/token-requests.ts'

let scene: StandardScene
beforeEach(async () => {
  scene = await standardScene()
})
afterEach(() => scene.close())

describe('attack 75: mass assignment', () => {
  const ours = (stranger: string) => ({
    id: '01890000-0000-4000-8000-000000000000',
    client_id: '01890000-0000-4000-8000-000000000001',
    client_secret: 'chosen-by-a-stranger-and-long-enough-to-be-one',
    developer_id: stranger,
    owner: stranger,
    owner_id: stranger,
    state: 'deleted',
    status: 0,
    trusted: true,
    verified: true,
    first_party: true,
    storx_profile: true,
    registration_token_hash: 'x',
    registration_access_token: 'x'.repeat(43),
    created_at: 1,
    updated_at: 1,
    client_id_issued_at: 1,
    client_secret_expires_at: 1,
    is_admin: true,
    __proto__: { trusted: true },
    constructor: { trusted: true },
  })
  const stored = async (client_id: string) => scene.deps.store.clients.findByClientId(client_id)

  test('attack 75: mass assignment: no field of ours is set by registering, in either way, and none by a change', async () => {
    const stranger = await signedInPerson(scene.deps, 'developer')
    const hostile = ours(stranger.account.id)
    const { app, developer, deps } = scene

    // The console's form is closed.
    for (const [name, value] of Object.entries(hostile)) {
      if (name === 'storx_profile') continue
      const refused = await ask(app, developer, 'POST', clientsPath, {
        name: 'Photos',
        redirect_uris: [redirectUri],
        [name]: value,
      })
      expect([refused.status, refused.body.error], name).toEqual([400, 'invalid_request'])
      const changed = await ask(app, developer, 'PUT', `${clientsPath}/${scene.client.id}`, { [name]: value })
      expect(changed.status, name).toBe(400)
    }
    expect(await stored(scene.client.client_id)).toMatchObject({
      developer_id: developer.account.id,
      state: 'active',
    })

    // The standard's form ignores what it does not know.
    const registered = await ask(app, developer, 'POST', '/oauth2/register', {
      redirect_uris: [redirectUri],
      ...hostile,
      constructor: undefined,
    })
    expect(registered.status, registered.text).toBe(201)
    const { client_id, client_secret, registration_access_token } = registered.body
    expect(client_id).not.toBe(hostile.client_id)
    expect(client_secret).not.toBe(hostile.client_secret)
    expect(registration_access_token).not.toBe(hostile.registration_access_token)
    const client = await stored(client_id)
    expect(client).toMatchObject({
      developer_id: developer.account.id,
      state: 'active',
      storx_profile: false,
      created_at: deps.clock.now(),
      updated_at: deps.clock.now(),
    })
    expect([client?.id === hostile.id, client?.registration_token_hash === 'x']).toEqual([false, false])

    const manage = (form: object) =>
      ask(
        app,
        { ...developer, token: registration_access_token },
        'PUT',
        `/oauth2/register/${client_id}`,
        form,
      )
    const {
      client_id: _,
      client_secret: __,
      registration_access_token: ___,
      client_id_issued_at: ____,
      client_secret_expires_at: _____,
      constructor: ______,
      ...rest
    } = hostile
    const replaced = await manage({ ...rest, client_id, redirect_uris: [redirectUri] })
    expect(replaced.status, replaced.text).toBe(200)
    expect(await stored(client_id)).toEqual({ ...client, updated_at: expect.any(Number) })
    for (const name of [
      'client_id',
      'client_secret',
      'registration_access_token',
      'client_id_issued_at',
      'client_secret_expires_at',
    ] as const) {
      const refused = await manage({ client_id, redirect_uris: [redirectUri], [name]: hostile[name] })
      expect([refused.status, refused.body.error], name).toEqual([400, 'invalid_client_metadata'])
    }
    expect(await deps.store.clients.list(stranger.account.id)).toEqual([])
    expect(Object.hasOwn(Object.prototype, 'trusted')).toBe(false)
  })

  test('attack 75: mass assignment: a client cannot make itself another kind of client', async () => {
    const registered = await ask(scene.app, scene.developer, 'POST', '/oauth2/register', {
      redirect_uris: [redirectUri],
    })
    const { client_id, registration_access_token: token } = registered.body
    const method = await ask(
      scene.app,
      { ...scene.developer, token },
      'PUT',
      `/oauth2/register/${client_id}`,
      {
        client_id,
        redirect_uris: [redirectUri],
        application_type: 'native',
        token_endpoint_auth_method: 'none',
      },
    )
    expect([method.status, method.body.error]).toEqual([400, 'invalid_client_metadata'])
    const status = await ask(
      scene.app,
      { ...scene.developer, token },
      'PATCH',
      `${clientsPath}/${scene.client.id}/status`,
      { status: 0 },
    )
    expect(status.status).toBe(401)
    expect((await ask(scene.app, { ...scene.developer, token }, 'GET', tokenRequestsPath)).status).toBe(401)
  })
})
