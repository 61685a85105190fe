import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import type { Cause } from '../../domain/explain/causes.ts'
import {
  type Answer,
  aClient,
  ask,
  clientsPath,
  redirectUri,
  signedInPerson,
  type TestClient,
} from '../../testing/people.ts'
import {
  code_verifier,
  everyGrantType,
  jwtBearer,
  posted,
  type StandardScene,
} from '../../testing/standard-scene.ts'

/** One thing that goes wrong in the standard dialect, and what its developer is told of it. */
export interface StandardMistake {
  readonly name: string
  readonly cause: Cause
  /** Sends the request. */
  readonly make: (scene: StandardScene) => Promise<Answer>
  /** What else is found. */
  readonly besides?: readonly Cause[]
}

const deviceGrant = 'urn:ietf:params:oauth:grant-type:device_code'

/** A client that signs with a key of its own. */
async function signingClient(scene: StandardScene, registered: 'its key' | 'an address'): Promise<Signing> {
  const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true })
  const jwk = { ...(await exportJWK(publicKey)), kid: 'first' }
  const keys =
    registered === 'its key' ? { jwks: { keys: [jwk] } } : { jwks_uri: 'https://keys.invalid/jwks.json' }
  const client = await aClient(scene.app, scene.developer, {
    name: 'Signs',
    token_endpoint_auth_method: 'private_key_jwt',
    grant_types: everyGrantType,
    ...keys,
  })
  return { client, privateKey }
}

interface Signing {
  readonly client: TestClient
  readonly privateKey: CryptoKey
}

async function signed(
  { deps }: StandardScene,
  { client: { client_id }, privateKey }: Signing,
  kid = 'first',
): Promise<string> {
  const now = deps.clock.now()
  const jti = deps.random(16).toString('hex')
  return new SignJWT({
    iss: client_id,
    sub: client_id,
    aud: deps.settings.public_url,
    iat: now,
    exp: now + 60,
    jti,
  })
    .setProtectedHeader({ alg: 'ES256', kid })
    .sign(privateKey)
}

const asserted = (scene: StandardScene, client_assertion: string, form = {}): Promise<Answer> =>
  posted(scene.app, '/oauth2/token', {
    grant_type: 'authorization_code',
    code: 'x'.repeat(43),
    redirect_uri: redirectUri,
    code_verifier,
    client_assertion_type: jwtBearer,
    client_assertion,
    ...form,
  })

const refresh = (scene: StandardScene, form: object): Promise<Answer> =>
  scene.post('/oauth2/token', { grant_type: 'refresh_token', ...form })

async function polled(scene: StandardScene, device_code: string): Promise<Answer> {
  return scene.post('/oauth2/token', { grant_type: deviceGrant, device_code })
}

const aDevice = async (scene: StandardScene): Promise<{ device_code: string; user_code: string }> =>
  (await scene.post('/oauth2/device_authorization', { scope: 'read bucket:photos' })).body

/** A grant whose keys came from a passphrase: its code was approved by an API call, and no browser sealed anything. */
async function unsealed(scene: StandardScene): Promise<{ refresh_token: string; access_token: string }> {
  const { code } = await approvedWithoutBrowser(scene)
  const { body, text } = await scene.exchange(code, { passphrase: 'a passphrase' })
  if (body.refresh_token === undefined) throw new Error(text)
  return body
}

async function approvedWithoutBrowser({
  app,
  user,
  authorizationUrl,
}: StandardScene): Promise<{ code: string }> {
  const headers = { authorization: `Bearer ${user.token}` }
  const { headers: answered } = await app.inject({ method: 'GET', url: authorizationUrl(), headers })
  const request_id = String(answered.location).split('/').at(-1)
  const decision = { request_id, approve: true, approved_scopes: ['read', 'list', 'bucket:photos;2026'] }
  const consent = { method: 'POST', url: '/api/v0/oauth2/consent', headers, payload: decision } as const
  return JSON.parse((await app.inject(consent)).payload)
}

export const standardMistakes: readonly StandardMistake[] = [
  {
    name: 'JSON at an endpoint that takes forms',
    cause: 'form_expected',
    async make({ app, client }) {
      const authorization = `Basic ${Buffer.from(`${client.client_id}:`).toString('base64')}`
      const headers = { authorization, 'content-type': 'application/json' }
      return posted(app, '/oauth2/token', JSON.stringify({ grant_type: 'authorization_code' }), headers)
    },
  },
  {
    name: 'the client came with its name alone',
    cause: 'proof_missing',
    make: ({ app, client }) =>
      posted(app, '/oauth2/token', {
        grant_type: 'authorization_code',
        client_id: client.client_id,
        code: 'x'.repeat(43),
        redirect_uri: redirectUri,
      }),
    besides: ['code_unknown'],
  },
  {
    name: 'a secret JWT for a client that signs with a key',
    cause: 'auth_method_differs',
    async make(scene) {
      const { client } = await signingClient(scene, 'its key')
      return asserted(scene, await scene.assertion({}, {}, { ...client, client_secret: 'k'.repeat(43) }))
    },
    besides: ['secret_differs', 'code_unknown'],
  },
  {
    name: 'the short form in client_assertion',
    cause: 'rfc7523_incomplete',
    async make(scene) {
      const { client, deps } = scene
      const jwt = await new SignJWT({ client_id: client.client_id, exp: deps.clock.now() + 60 })
        .setProtectedHeader({ alg: 'HS256' })
        .sign(Buffer.from(client.client_secret))
      return asserted(scene, jwt, { client_id: client.client_id })
    },
    besides: ['code_unknown'],
  },
  {
    name: 'an algorithm that nobody takes',
    cause: 'alg_not_taken',
    async make(scene) {
      const [, ...rest] = (await scene.assertion()).split('.')
      const header = Buffer.from('{"alg":"ES512"}').toString('base64url')
      return asserted(scene, [header, ...rest].join('.'), { client_id: scene.client.client_id })
    },
    besides: ['code_unknown'],
  },
  {
    name: 'a key that is not registered under this kid',
    cause: 'key_unknown',
    async make(scene) {
      const signing = await signingClient(scene, 'its key')
      return asserted(scene, await signed(scene, signing, 'second'))
    },
    besides: ['code_unknown'],
  },
  {
    name: 'another key under the kid that is registered',
    cause: 'key_differs',
    async make(scene) {
      const { client } = await signingClient(scene, 'its key')
      const { privateKey } = await generateKeyPair('ES256')
      return asserted(scene, await signed(scene, { client, privateKey }))
    },
    besides: ['code_unknown'],
  },
  {
    name: 'keys at an address that does not exist',
    cause: 'keys_not_fetched',
    async make(scene) {
      const signing = await signingClient(scene, 'an address')
      return asserted(scene, await signed(scene, signing))
    },
    besides: ['code_unknown'],
  },
  {
    name: 'a kid of another server',
    cause: 'kid_unknown',
    make: async (scene) => asserted(scene, await scene.assertion({}, { kid: 'key-1' })),
    besides: ['code_unknown'],
  },
  {
    name: 'a grant type of another server',
    cause: 'grant_type_unsupported',
    make: ({ post }) => post('/oauth2/token', { grant_type: 'password', username: 'ada', password: 'x' }),
  },
  {
    name: 'a grant type that the client is not registered for',
    cause: 'grant_type_unregistered',
    async make(scene) {
      const plain = await aClient(scene.app, scene.developer, { name: 'Plain' })
      const form = { grant_type: 'refresh_token', refresh_token: 'x'.repeat(43) }
      return scene.post('/oauth2/token', form, plain)
    },
  },
  {
    name: 'more at a refresh than was granted',
    cause: 'access_wider',
    async make(scene) {
      const { refresh_token } = (await scene.granted()).body
      return refresh(scene, { refresh_token, scope: 'read write bucket:photos' })
    },
  },
  {
    name: 'a client that is registered for less by now',
    cause: 'access_unregistered',
    async make(scene) {
      const code = await scene.code()
      const { app, developer, client } = scene
      await ask(app, developer, 'PUT', `${clientsPath}/${client.id}`, { scopes: ['read', 'bucket:films'] })
      return scene.exchange(code)
    },
  },
  {
    name: 'more in authorization_details than was granted',
    cause: 'details_wider',
    async make(scene) {
      const details = [{ type: 'storage_access', bucket: 'music', actions: ['read'] }]
      return scene.exchange(await scene.code(), { authorization_details: JSON.stringify(details) })
    },
  },
  {
    name: 'authorization_details of another server',
    cause: 'details_unfit',
    async make(scene) {
      const details = [{ type: 'payment_initiation', actions: ['read'] }]
      return scene.exchange(await scene.code(), { authorization_details: JSON.stringify(details) })
    },
  },
  {
    name: 'a refresh token that was made up',
    cause: 'refresh_token_unknown',
    make: (scene) => refresh(scene, { refresh_token: 'x'.repeat(43) }),
  },
  {
    name: 'the refresh token of another client',
    cause: 'refresh_token_of_another_client',
    async make(scene) {
      const { refresh_token } = (await scene.granted()).body
      const other = await aClient(scene.app, scene.developer, { name: 'Other', grant_types: everyGrantType })
      return scene.post('/oauth2/token', { grant_type: 'refresh_token', refresh_token }, other)
    },
  },
  {
    name: 'a refresh token that was used a minute ago',
    cause: 'refresh_token_reused',
    async make(scene) {
      const { refresh_token } = (await scene.granted()).body
      await refresh(scene, { refresh_token })
      scene.deps.clock.advance(60)
      return refresh(scene, { refresh_token })
    },
  },
  {
    name: 'a refresh token that lay in a drawer',
    cause: 'refresh_token_expired',
    async make(scene) {
      const { now } = scene.deps.clock
      const choice = { not_after: now() + 300 * 86_400 }
      const { refresh_token } = (await scene.granted({}, choice)).body
      scene.deps.clock.advance(31 * 86_400)
      return refresh(scene, { refresh_token })
    },
  },
  {
    name: 'an approval that came to its end',
    cause: 'refresh_too_old',
    async make(scene) {
      const choice = { not_after: scene.deps.clock.now() + 7200 }
      const { refresh_token } = (await scene.granted({}, choice)).body
      scene.deps.clock.advance(7201)
      return refresh(scene, { refresh_token })
    },
  },
  {
    name: 'an access that its user ended',
    cause: 'access_ended',
    async make(scene) {
      const { refresh_token } = (await scene.granted()).body
      const { user, client, deps } = scene
      await deps.store.grants.revokeClientOfUser(user.account.id, client.client_id, deps.clock.now())
      return refresh(scene, { refresh_token })
    },
  },
  {
    name: 'a refresh without the keys that only the app has',
    cause: 'storage_keys_missing',
    async make(scene) {
      const { refresh_token } = await unsealed(scene)
      return refresh(scene, { refresh_token })
    },
  },
  {
    name: 'a refresh with another passphrase than at first',
    cause: 'storage_keys_wrong',
    async make(scene) {
      const { refresh_token } = await unsealed(scene)
      return refresh(scene, { refresh_token, passphrase: 'another one' })
    },
  },
  {
    name: 'a code whose access ended before it was redeemed',
    cause: 'access_over',
    async make(scene) {
      const code = await scene.code({}, { not_after: scene.deps.clock.now() + 20 })
      scene.deps.clock.advance(30)
      return scene.exchange(code)
    },
  },
  {
    name: 'a refresh with an access grant of somebody else',
    cause: 'access_grant_foreign',
    async make(scene) {
      const { refresh_token } = await unsealed(scene)
      return refresh(scene, { refresh_token, access_grant: 'no access grant' })
    },
  },
  {
    name: 'the user code in place of the device code',
    cause: 'device_code_unknown',
    make: async (scene) => polled(scene, (await aDevice(scene)).user_code),
  },
  {
    name: 'a device whose user has not decided yet',
    cause: 'device_pending',
    make: async (scene) => polled(scene, (await aDevice(scene)).device_code),
  },
  {
    name: 'a device that asks twice a second',
    cause: 'device_too_fast',
    async make(scene) {
      const { device_code } = await aDevice(scene)
      await polled(scene, device_code)
      return polled(scene, device_code)
    },
  },
  {
    name: 'a device whose user said no',
    cause: 'device_denied',
    async make(scene) {
      const { device_code, user_code } = await aDevice(scene)
      await scene.browser.decideForDevice(user_code, { deny: true })
      return polled(scene, device_code)
    },
  },
  {
    name: 'a device that nobody cared for',
    cause: 'device_expired',
    async make(scene) {
      const { device_code } = await aDevice(scene)
      scene.deps.clock.advance(601)
      return polled(scene, device_code)
    },
  },
  {
    name: 'a verifier for a code that was asked for without a challenge',
    cause: 'verifier_unasked',
    async make(scene) {
      const { app, user, client } = scene
      const headers = { authorization: `Bearer ${user.token}` }
      const asked = { client_id: client.client_id, redirect_uri: redirectUri, scope: ['read'] }
      const request = await app.inject({
        method: 'POST',
        url: '/api/v0/oauth2/request',
        headers,
        payload: asked,
      })
      const { request_id } = JSON.parse(request.payload)
      const payload = { request_id, approve: true, approved_scopes: ['read'] }
      const consent = await app.inject({ method: 'POST', url: '/api/v0/oauth2/consent', headers, payload })
      return scene.exchange(JSON.parse(consent.payload).code)
    },
  },
  {
    name: 'a code of this dialect at the token endpoint of the other',
    cause: 'code_of_standard_dialect',
    async make(scene) {
      const { client_id } = scene.client
      const client_secret = await scene.assertion()
      const form = {
        client_id,
        client_secret,
        redirect_uri: redirectUri,
        code: await scene.code(),
        code_verifier,
      }
      return ask(scene.app, undefined, 'POST', '/api/v0/oauth2/token', form)
    },
  },
  {
    name: 'a code of somebody else',
    cause: 'code_of_your_other_client',
    async make(scene) {
      const other = await aClient(scene.app, scene.developer, { name: 'Other' })
      const form = { grant_type: 'authorization_code', redirect_uri: redirectUri, code_verifier }
      return scene.post('/oauth2/token', { ...form, code: await scene.code() }, other)
    },
  },
]

/** Somebody who has nothing to do with the scene's developer. */
export const aStranger = (scene: StandardScene) => signedInPerson(scene.deps, 'developer', 'Bob Elsewhere')
