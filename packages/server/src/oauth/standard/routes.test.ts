/** How a request proves who sent it, and what is answered around the answer. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { aClient, redirectUri, type TestClient } from '../../testing/people.ts'
import {
  code_verifier,
  everyGrantType,
  jwtBearer,
  posted,
  type StandardScene,
  standardScene,
} from '../../testing/standard-scene.ts'

let scene: StandardScene
beforeEach(async () => {
  scene = await standardScene()
})
afterEach(() => scene.close())

const form = {
  grant_type: 'authorization_code',
  code: 'x'.repeat(43),
  redirect_uri: redirectUri,
  code_verifier,
}
const basic = (user: string, password: string) => ({
  authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
})
const storxJwt = () =>
  scene.assertion({ iss: undefined, sub: undefined, aud: undefined, client_id: scene.client.client_id })

describe('one way to prove it', () => {
  const ways: Readonly<
    Record<string, () => Promise<readonly [form: object, headers?: Record<string, string>]>>
  > = {
    'an assertion alone': async () => [
      { client_assertion: await scene.assertion(), client_assertion_type: jwtBearer },
    ],
    'an assertion beside the client_id': async () => [
      {
        client_assertion: await scene.assertion(),
        client_assertion_type: jwtBearer,
        client_id: scene.client.client_id,
      },
    ],
    'the short JWT in client_secret': async () => [
      { client_secret: await storxJwt(), client_id: scene.client.client_id },
    ],
    'the long JWT in client_secret': async () => [{ client_secret: await scene.assertion() }],
    'a JWT as the password of Basic': async () => [{}, basic(scene.client.client_id, await storxJwt())],
    'Basic with everything percent-encoded': async () => [
      {},
      basic(scene.client.client_id.replaceAll('-', '%2D'), (await storxJwt()).replaceAll('.', '%2E')),
    ],
  }
  test.each(Object.entries(ways))('%s', async (_way, prove) => {
    const [proof, headers] = await prove()
    const { status, body } = await posted(scene.app, '/oauth2/token', { ...form, ...proof }, headers)
    expect([status, body.error]).toEqual([400, 'invalid_grant'])
  })

  test('two ways at once are none', async () => {
    const assertion = { client_assertion: await scene.assertion(), client_assertion_type: jwtBearer }
    const header = basic(scene.client.client_id, await storxJwt())
    for (const [proof, headers] of [
      [{ ...assertion, client_secret: await storxJwt() }, {}],
      [assertion, header],
      [{ client_secret: await storxJwt() }, header],
    ] as const) {
      const { status, body } = await posted(scene.app, '/oauth2/token', { ...form, ...proof }, headers)
      expect([status, body.error]).toEqual([400, 'invalid_request'])
    }
  })

  test('a type without an assertion, an assertion without its type, and an unknown type are refused alike', async () => {
    const client_assertion = await scene.assertion()
    for (const proof of [
      { client_assertion_type: jwtBearer },
      { client_assertion },
      { client_assertion, client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:saml2-bearer' },
    ]) {
      const { status, body } = await posted(scene.app, '/oauth2/token', { ...form, ...proof })
      expect([status, body.error]).toEqual([400, 'invalid_request'])
    }
  })

  test.each(['Bearer abc', 'Basic', 'Basic !!!', `Basic ${Buffer.from('no colon').toString('base64')}`])(
    'the header %s proves nothing, and is answered with the scheme that would',
    async (authorization) => {
      const { status, body, headers } = await posted(scene.app, '/oauth2/token', form, { authorization })
      expect([status, body.error, headers['www-authenticate']]).toEqual([
        401,
        'invalid_client',
        'Basic realm="Valetkey"',
      ])
    },
  )

  test('without a header there is no challenge', async () => {
    const { status, headers } = await posted(scene.app, '/oauth2/token', form)
    expect([status, headers['www-authenticate']]).toEqual([401, undefined])
  })

  test('words name the parameter that the JWT stood in', async () => {
    const old = { exp: scene.deps.clock.now() - 100 }
    const asserted = { client_assertion: await scene.assertion(old), client_assertion_type: jwtBearer }
    const { body } = await posted(scene.app, '/oauth2/token', { ...form, ...asserted })
    expect(body).toMatchObject({ error: 'invalid_client' })
    expect(body.error_description).toContain('client_assertion expired 100 s ago')
    const secret = { client_secret: await scene.assertion(old) }
    const other = await posted(scene.app, '/oauth2/token', { ...form, ...secret })
    expect(other.body.error_description).toContain('client_secret expired 100 s ago')
  })
})

describe('forms', () => {
  const token = '/oauth2/token'
  test.each([
    ['a parameter twice', 'grant_type=authorization_code&grant_type=authorization_code'],
    ['a parameter twice, once escaped', 'code=a&%63ode=b'],
    ['half an escape', 'code=%4'],
    ['bytes that are no UTF-8', 'code=%ff%fe'],
    ['a NUL', 'code=a%00b'],
    ['more parameters than anybody has', Array.from({ length: 65 }, (_, at) => `p${at}=1`).join('&')],
    ['a value that is too long', `code=${'x'.repeat(513)}`],
  ])('%s is refused', async (_what, body) => {
    const answer = await posted(scene.app, token, body)
    expect([answer.status, answer.body.error]).toEqual([400, 'invalid_request'])
  })

  test.each([
    'application/json',
    'text/plain',
    'multipart/form-data; boundary=x',
    'application/x-www-form-urlencoded; charset=utf-16',
  ])('a body that says it is %s is refused with 400', async (type) => {
    const answer = await posted(scene.app, token, 'grant_type=x', { 'content-type': type })
    expect([answer.status, answer.body.error]).toEqual([400, 'invalid_request'])
  })

  test('a parameter of ours that stands in the address is refused, whatever it is', async () => {
    const answer = await posted(scene.app, `${token}?client_secret=x`, 'grant_type=x')
    expect([answer.status, answer.body.error]).toEqual([400, 'invalid_request'])
  })

  test('an empty parameter is one that was not sent, and an unknown one is ignored', async () => {
    const { body } = await scene.exchange(await scene.code(), { passphrase: '', whatever: 'x' })
    expect(body.access_token).toBeDefined()
  })

  test('the same resource may stand there twice, and no two that differ', async () => {
    const answer = async (...resources: readonly string[]) => {
      const proof = `client_assertion=${await scene.assertion()}&client_assertion_type=${encodeURIComponent(jwtBearer)}`
      const asked = resources.map((resource) => `resource=${encodeURIComponent(resource)}`).join('&')
      return (await posted(scene.app, token, `grant_type=refresh_token&refresh_token=x&${asked}&${proof}`))
        .body.error
    }
    expect(await answer('https://gateway.example', 'https://gateway.example')).toBe('invalid_target')
    expect(await answer('https://gateway.example', 'https://evil.example')).toBe('invalid_request')
  })

  test('whoever proves nothing makes only so many rows', async () => {
    const { client_id } = await aClient(scene.app, scene.developer, {
      name: 'Television',
      token_endpoint_auth_method: 'none',
      application_type: 'native',
      grant_types: everyGrantType,
    })
    const ask = () => posted(scene.app, '/oauth2/device_authorization', { client_id, scope: 'read' })
    const answers = new Map<number, number>()
    for (let asked = 0; asked < 610; asked++) {
      const { status, headers } = await ask()
      answers.set(status, (answers.get(status) ?? 0) + 1)
      if (status === 429) expect(Number(headers['retry-after'])).toBeGreaterThan(0)
    }
    expect(Object.fromEntries(answers)).toEqual({ 200: 600, 429: 10 })
    const proven = await scene.post('/oauth2/device_authorization', { scope: 'read' })
    expect(proven.status, 'who proves who it is is not held up').toBe(200)
  })

  test('what is missing is told to those who prove who they are', async () => {
    const { body } = await scene.post(token, { grant_type: 'authorization_code', code: 'x' })
    expect(body).toMatchObject({ error: 'invalid_request', error_description: 'redirect_uri is missing.' })
    expect((await posted(scene.app, token, 'grant_type=authorization_code')).body.error).toBe(
      'invalid_client',
    )
  })
})

describe('pages of browser clients', () => {
  const origin = 'https://pages.example'
  const pages = (): Promise<TestClient> =>
    aClient(scene.app, scene.developer, {
      name: 'Pages',
      redirect_uris: [`${origin}/callback`],
      token_endpoint_auth_method: 'none',
      application_type: 'browser',
      grant_types: everyGrantType,
    })

  test('may read the answer from their own origin, refusals as well, and without cookies', async () => {
    const { client_id } = await pages()
    for (const path of ['/oauth2/token', '/oauth2/revoke']) {
      const { headers } = await posted(scene.app, path, { client_id, token: 'x' }, { origin })
      expect(headers).toMatchObject({ 'access-control-allow-origin': origin, vary: 'origin' })
      expect(headers['access-control-allow-credentials']).toBeUndefined()
    }
  })

  test.each([
    ['from another origin', async () => ({ client_id: (await pages()).client_id }), 'https://evil.example'],
    [
      'of a client that is none',
      async () => ({ client_id: scene.client.client_id }),
      'https://photos.example',
    ],
    ['of nobody', async () => ({ client_id: 'nobody' }), origin],
    ['without a client_id', async () => ({}), origin],
  ])('%s they may not', async (_what, asked, from) => {
    const { headers } = await posted(scene.app, '/oauth2/token', await asked(), { origin: from })
    expect(headers['access-control-allow-origin']).toBeUndefined()
  })

  test.each(['/oauth2/par', '/oauth2/introspect', '/oauth2/device_authorization'])(
    '%s is not for pages',
    async (path) => {
      const { client_id } = await pages()
      const { headers } = await posted(scene.app, path, { client_id, token: 'x' }, { origin })
      expect(headers['access-control-allow-origin']).toBeUndefined()
    },
  )

  test('the authorization endpoint answers no page of anybody', async () => {
    const { headers } = await scene.app.inject({
      method: 'GET',
      url: scene.authorizationUrl(),
      headers: { origin },
    })
    expect(headers['access-control-allow-origin']).toBeUndefined()
  })

  test('there is no preflight to pass', async () => {
    const { statusCode, headers } = await scene.app.inject({
      method: 'OPTIONS',
      url: '/oauth2/token',
      headers: { origin },
    })
    expect([statusCode, headers.allow]).toEqual([405, 'POST'])
  })
})
