/** Python's Authlib, as it comes from its registry, against a live server. */
import { fileURLToPath } from 'node:url'
import { exportJWK, generateKeyPair } from 'jose'
import { beforeAll, describe, expect, test } from 'vitest'
import { findPython, preparePython } from '../../examples/testing/toolchains.ts'
import { redirectUri } from '../testing/story.ts'
import { altered, consented, nativeClient, openLibraryScene, revoked } from './testing/library-scene.ts'
import { notRun, type Program, reasonOf, started } from './testing/program.ts'

const file = (path: string) => fileURLToPath(new URL(path, import.meta.url))
const environment = file('../../.cache/authlib')
const home = { environment, requirements: file('python/requirements.txt') }
const granted = ['read', 'list', 'bucket:photos']

const scene = await openLibraryScene()
const python = findPython()
if (python === undefined)
  notRun('the flows of Authlib', 'Python 3.10 or newer (https://www.python.org/downloads)')

describe.runIf(python !== undefined)('Authlib', { timeout: 60_000 }, () => {
  beforeAll(() => preparePython(python ?? '', home), 600_000)

  /** A client that proves itself this way, and its program, on its way to the user. */
  async function program(method: string, more: Readonly<Record<string, string>> = {}): Promise<Program> {
    const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true })
    const jwks = { keys: [await exportJWK(publicKey)] }
    const forms: Readonly<Record<string, object>> = {
      private_key_jwt: { token_endpoint_auth_method: method, jwks },
      none: nativeClient,
    }
    const { client_id, client_secret = '' } = await scene.register(forms[method])
    return started([`${environment}/bin/python`, file('python/client.py')], {
      ISSUER: scene.server.url,
      CLIENT_ID: client_id,
      CLIENT_SECRET: client_secret,
      PRIVATE_KEY: JSON.stringify(await exportJWK(privateKey)),
      REDIRECT_URI: method === 'none' ? String(nativeClient.redirect_uris) : redirectUri,
      METHOD: method,
      ...more,
    })
  }

  test.for(['client_secret_jwt', 'private_key_jwt', 'client_secret_post', 'client_secret_basic', 'none'])(
    'with %s gets what its user allowed, renews it and gives it back',
    async (method) => {
      const app = await program(method)
      const { open } = await app.step()
      app.hear((await scene.decide(open, { scopes: granted })).url)

      const { token } = await app.step()
      expect(token).toMatchObject({ token_type: 'Bearer', scope: 'read list bucket:photos offline_access' })
      expect(await scene.reach(token.access_token)).toEqual(consented)
      const introspects = method !== 'none'
      if (introspects)
        expect((await app.step()).introspection).toMatchObject({
          active: true,
          scope: 'read list bucket:photos',
        })

      const { token: renewed } = await app.step()
      expect(renewed.refresh_token).not.toBe(token.refresh_token)
      expect(renewed.access_token).not.toBe(token.access_token)
      expect(await scene.reach(renewed.access_token)).toEqual(consented)

      app.hear('')
      expect(await app.step()).toEqual({ revoked: 200 })
      if (introspects) expect(await app.step()).toEqual({ introspection: { active: false } })
      expect(await app.end()).toEqual({ code: 0, stderr: '' })
      for (const { access_token } of [token, renewed])
        expect(await scene.reach(access_token)).toEqual(revoked)
    },
  )

  test('tells its app why an exchange was refused', async () => {
    const app = await program('client_secret_jwt')
    const { open } = await app.step()
    app.hear((await scene.decide(altered(open, 'code_challenge', 'A'.repeat(43)), { scopes: granted })).url)
    const { traces, ...refusal } = await app.step()
    expect(refusal).toEqual({
      error: 'invalid_grant',
      error_description: expect.stringContaining('code_verifier'),
    })
    expect(await reasonOf(scene.server, traces[0])).toBe('code_verifier_wrong')
    expect((await app.end()).code).toBe(1)
  })

  test('that asks for its first scope again is refused when its user allowed less', async () => {
    const app = await program('none', { KEEP_SCOPE: 'yes' })
    const { open } = await app.step()
    app.hear((await scene.decide(open, { scopes: granted })).url)
    expect((await app.step()).token.scope).toBe('read list bucket:photos offline_access')
    expect(await app.step()).toEqual({
      error: 'invalid_scope',
      error_description: expect.stringContaining('more than was granted'),
      traces: expect.any(Array),
    })
    expect((await app.end()).code).toBe(1)
  })

  test('tells its app that the user said no', async () => {
    const app = await program('client_secret_jwt')
    const { open } = await app.step()
    app.hear((await scene.decide(open, { deny: true })).url)
    expect(await app.step()).toMatchObject({ error: 'access_denied' })
    expect((await app.end()).code).toBe(1)
  })

  test('is told what is wrong with its own assertions: who they are for, how long they live, their jti', async () => {
    const { client_id, client_secret } = await scene.register({})
    const app = started([`${environment}/bin/python`, file('python/stock_assertions.py')], {
      ISSUER: scene.server.url,
      CLIENT_ID: client_id,
      CLIENT_SECRET: client_secret,
    })
    const refused = { error: 'invalid_client', error_description: expect.any(String) }
    const another = `aud of the JWT in client_assertion must be ${scene.server.url} alone.`
    const tooLong = 'exp of the JWT in client_assertion lies 60 min ahead; at most 300 s is allowed.'
    for (const [name, error_description] of [
      ['for the token endpoint', another],
      ['for an hour', tooLong],
    ]) {
      const refusal = { ...refused, error_description }
      expect(await app.step()).toMatchObject({ name, answers: [refusal, refusal] })
    }
    const { name, answers } = await app.step()
    expect({ name, answers }).toMatchObject({ name: 'with claims', answers: [{ active: false }, refused] })
    expect(await reasonOf(scene.server, answers[1].trace_id)).toBe('assertion_replayed')
    expect(await app.end()).toEqual({ code: 0, stderr: '' })
  })
})
