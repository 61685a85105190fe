/** A client is known in the way it is registered for, and in no weaker one. */
import { generateKeyPairSync } from 'node:crypto'
import { SignJWT } from 'jose'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ask, clientsPath } from '../../packages/server/src/testing/people.ts'
import {
  code_challenge,
  jwtBearer,
  posted,
  type StandardScene,
  standardScene,
} from '../../packages/server/src/testing/standard-scene.ts'
import { lookedUp } from './testing/looked-up.ts'
import { seen } from './testing/seen.ts'

let scene: StandardScene
beforeEach(async () => {
  scene = await standardScene()
})
afterEach(() => scene.close())

const nobody = '01890000-0000-4000-8000-000000000000'
const storxJwt = (): Promise<string> =>
  new SignJWT({ client_id: scene.client.client_id, exp: scene.deps.clock.now() + 60 })
    .setProtectedHeader({ alg: 'HS256' })
    .sign(new TextEncoder().encode(scene.client.client_secret))

describe('attack 46: method downgrade', () => {
  const refresh = (form: object) =>
    posted(scene.app, '/oauth2/token', {
      grant_type: 'refresh_token',
      refresh_token: 'x'.repeat(43),
      ...form,
    })

  test('attack 46: method downgrade: the secret itself is never taken, and its owner is told that it is exposed', async () => {
    const { client_id, client_secret } = scene.client
    const basic = (id: string) => `Basic ${Buffer.from(`${id}:${client_secret}`).toString('base64')}`
    const ways = {
      'in client_secret': (id: string) => refresh({ client_id: id, client_secret }),
      'as the password of HTTP Basic': (id: string) =>
        posted(
          scene.app,
          '/oauth2/token',
          { grant_type: 'refresh_token', refresh_token: 'x'.repeat(43) },
          { authorization: basic(id) },
        ),
      'in client_assertion': (id: string) =>
        refresh({ client_id: id, client_assertion: client_secret, client_assertion_type: jwtBearer }),
    }
    for (const [how, send] of Object.entries(ways)) {
      const answer = await send(client_id)
      expect([answer.status, answer.body.error], how).toEqual([401, 'invalid_client'])
      expect(seen(await send(nobody)), how).toEqual(seen(answer))
      const told = JSON.stringify(await lookedUp(scene, answer))
      expect(told, how).toContain('it has been exposed by being sent')
      expect(told).not.toContain(client_secret)
    }
  })

  test('attack 46: method downgrade: a confidential client that comes with its name alone is as unknown as any', async () => {
    const [ours, invented] = [scene.client.client_id, nobody]
    for (const path of [
      '/oauth2/token',
      '/oauth2/par',
      '/oauth2/device_authorization',
      '/oauth2/revoke',
    ] as const) {
      const form = {
        grant_type: 'refresh_token',
        refresh_token: 'x'.repeat(43),
        token: 'x',
        response_type: 'code',
        code_challenge,
        scope: 'read',
      }
      const send = (client_id: string) => scene.post(path, { ...form, client_id }, 'nobody')
      const answer = await send(ours)
      expect([answer.status, answer.body.error], path).toEqual([401, 'invalid_client'])
      expect(seen(await send(invented)), path).toEqual(seen(answer))
    }
  })

  test('attack 46: method downgrade: once its owner turned the StorX profile off, such a JWT is refused like any other', async () => {
    const form = async () => ({ client_id: scene.client.client_id, client_secret: await storxJwt() })
    expect((await refresh(await form())).body.error).toBe('invalid_grant')
    const off = await ask(scene.app, scene.developer, 'PUT', `${clientsPath}/${scene.client.id}`, {
      storx_profile: false,
    })
    expect(off.status, off.text).toBe(200)
    const legacy = await refresh(await form())
    expect([legacy.status, legacy.body.error]).toEqual([401, 'invalid_client'])
    const wrong = await scene.post(
      '/oauth2/token',
      { grant_type: 'refresh_token', refresh_token: 'x' },
      {
        ...scene.client,
        client_secret: 'a secret that is none of this client, long enough',
      },
    )
    expect(seen(legacy)).toEqual(seen(wrong))
    expect(JSON.stringify(await lookedUp(scene, legacy))).toContain('profile_disabled')
    // The StorX dialect itself takes it as little, and the strict profile goes on.
    const storx = { ...(await form()), code: 'x'.repeat(43), redirect_uri: 'https://photos.example/callback' }
    expect((await ask(scene.app, undefined, 'POST', '/api/v0/oauth2/token', storx)).status).toBe(401)
    expect((await scene.post('/oauth2/introspect', { token: 'x' })).status).toBe(200)
  })

  test('attack 46: method downgrade: a client with a key of its own is not known by a shared secret', async () => {
    const { publicKey } = generateKeyPairSync('ed25519')
    const registered = await ask(scene.app, scene.developer, 'POST', clientsPath, {
      name: 'Keys',
      redirect_uris: ['https://keys.example/cb'],
      token_endpoint_auth_method: 'private_key_jwt',
      jwks: { keys: [publicKey.export({ format: 'jwk' })] },
    })
    expect(registered.status, registered.text).toBe(200)
    const { client_id } = registered.body
    const send = async (id: string) =>
      posted(scene.app, '/oauth2/introspect', {
        token: 'x',
        client_assertion: await scene.assertion({ iss: id, sub: id }),
        client_assertion_type: jwtBearer,
      })
    const answer = await send(client_id)
    expect([answer.status, answer.body.error]).toEqual([401, 'invalid_client'])
    expect(seen(await send(nobody))).toEqual(seen(answer))
  })
})
