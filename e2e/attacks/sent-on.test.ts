/** Whoever would have our server send people on, or take an answer of another for ours. */
import { validateAuthResponse } from 'oauth4webapi'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  posted,
  type StandardScene,
  standardScene,
} from '../../packages/server/src/testing/standard-scene.ts'

let scene: StandardScene
beforeEach(async () => {
  scene = await standardScene({ settings: { rate_limits: false } })
})
afterEach(() => scene.close())

describe('attack 26: open redirector', () => {
  const evil = 'https://evil.example/callback'

  test.each<[string, Record<string, string | undefined>]>([
    ['an unknown client', { client_id: 'nobody', redirect_uri: evil }],
    ['an unknown client with an address that others have registered', { client_id: 'nobody' }],
    ['no client', { client_id: undefined, redirect_uri: evil }],
    ['prompt=none', { client_id: 'nobody', redirect_uri: evil, prompt: 'none' }],
    ['an address that is not registered and prompt=none', { redirect_uri: evil, prompt: 'none' }],
    ['an address that is not registered and another fault', { redirect_uri: evil, response_type: 'token' }],
    ['form_post', { redirect_uri: evil, response_mode: 'form_post', scope: 'nothing' }],
    ['a request_uri elsewhere', { request_uri: evil }],
  ])('attack 26: open redirector: %s stays on our host', async (_what, change) => {
    for (const who of ['user', 'nobody'] as const) {
      const { statusCode, headers, payload } = await scene.visit(scene.authorizationUrl(change), who)
      expect([statusCode, headers.location, headers.refresh]).toEqual([400, undefined, undefined])
      expect(payload).not.toContain('evil')
    }
  })

  test.each([
    { prompt: 'none' },
    { scope: 'nothing' },
    { response_type: 'token' },
    { code_challenge: undefined },
  ])(
    'attack 26: open redirector: a right link with %j sends nobody on who is not signed in',
    async (change) => {
      const { headers, payload } = await scene.visit(scene.authorizationUrl(change), 'nobody')
      expect([headers.location, headers.refresh]).toEqual([undefined, undefined])
      expect(payload).not.toContain('http-equiv')
    },
  )

  const elsewhere = [
    '//evil.example',
    'https://evil.example/',
    '/\\evil.example',
    '\\\\evil.example',
    '/\t/evil.example',
    '/%2fevil.example',
    '/..//evil.example',
    'javascript:alert(1)',
    '/@evil.example/../..//evil.example',
    '///evil.example',
    '/%5cevil.example',
    'evil.example',
    '/apps\r\nLocation: https://evil.example',
  ]

  test.each(elsewhere)(
    'attack 26: open redirector: signing in with return_to=%j leads to our own pages',
    async (return_to) => {
      for (const door of ['', '/console']) {
        const person = door === '' ? scene.user : scene.developer
        const cookie = door === '' ? '_tokenKey' : '_developer_tokenKey'
        for (const page of ['sign-in', 'register', 'forgot-password', 'reset-password']) {
          const url = `${door}/${page}?${new URLSearchParams({ return_to, redirect_uri: return_to, next: return_to })}`
          const signedIn = await scene.app.inject({ method: 'GET', url, cookies: { [cookie]: person.token } })
          const stranger = await scene.app.inject({ method: 'GET', url })
          for (const { headers, payload } of [signedIn, stranger]) {
            expect(payload).not.toContain('evil.example')
            if (headers.location !== undefined)
              expect(headers.location).toBe(door === '' ? '/apps' : '/console')
          }
        }
      }
    },
  )

  test('attack 26: open redirector: signing out goes nowhere', async () => {
    for (const [path, person] of [
      ['/api/v0/auth/logout', scene.user],
      ['/api/v0/developer/auth/logout', scene.developer],
    ] as const) {
      const url = `${path}?${new URLSearchParams({ return_to: evil, redirect_uri: evil, post_logout_redirect_uri: evil })}`
      const { statusCode, headers, payload } = await scene.app.inject({
        method: 'POST',
        url,
        headers: { authorization: `Bearer ${person.token}` },
      })
      expect([statusCode, headers.location]).toEqual([200, undefined])
      expect(payload).not.toContain('evil')
    }
  })
})

describe('attack 27: mix-up', () => {
  const metadata = async () => (await scene.app.inject('/.well-known/oauth-authorization-server')).json()
  const client = () => ({ client_id: scene.client.client_id })

  test('attack 27: mix-up: iss is in every answer, and is the issuer of the metadata, byte for byte', async () => {
    const { issuer, authorization_response_iss_parameter_supported } = await metadata()
    expect(authorization_response_iss_parameter_supported).toBe(true)
    expect(issuer).toBe(scene.deps.settings.public_url)
    const answers = [
      await scene.decide(),
      await scene.decide({ code_challenge: 'b'.repeat(43) }, { deny: true }),
      await scene.decide({ scope: 'nothing' }),
      await scene.decide({ prompt: 'none', code_challenge: 'c'.repeat(43) }),
      await scene.decide({ response_mode: 'form_post', code_challenge: 'd'.repeat(43) }),
    ]
    for (const { parameters } of answers)
      expect(parameters).toMatchObject({ iss: issuer, state: 'the state' })
    const page = await scene.visit(scene.authorizationUrl({ response_mode: 'form_post', scope: 'nothing' }))
    expect(page.payload).toContain(`name="iss" value="${issuer}"`)
  })

  test('attack 27: mix-up: a strict library takes our answers, and none whose iss was altered or left out', async () => {
    const server = await metadata()
    for (const { url } of [
      await scene.decide(),
      await scene.decide({ code_challenge: 'b'.repeat(43) }, { deny: true }),
    ]) {
      const answered = new URL(url)
      const check = (change: (parameters: URLSearchParams) => void) => {
        const altered = new URL(answered)
        change(altered.searchParams)
        return validateAuthResponse(server, client(), altered, 'the state')
      }
      const ours = () => check(() => undefined)
      if (answered.searchParams.has('code'))
        expect(ours().get('code')).toBe(answered.searchParams.get('code'))
      else expect(ours).toThrow(expect.objectContaining({ code: 'OAUTH_AUTHORIZATION_RESPONSE_ERROR' }))
      const invalid = expect.objectContaining({ code: 'OAUTH_INVALID_RESPONSE' })
      for (const iss of [
        'https://evil.example',
        `${server.issuer}/`,
        server.issuer.toUpperCase(),
        'http://valetkey.test',
      ])
        expect(() => check((parameters) => parameters.set('iss', iss))).toThrow(invalid)
      expect(() => check((parameters) => parameters.delete('iss'))).toThrow(invalid)
      expect(() => check((parameters) => parameters.append('iss', server.issuer))).toThrow(invalid)
      expect(() => check((parameters) => parameters.set('state', 'other'))).toThrow(invalid)
    }
  })

  test('attack 27: mix-up: no forged host changes the issuer', async () => {
    const forged = {
      host: 'evil.example',
      'x-forwarded-host': 'evil.example',
      'x-forwarded-proto': 'http',
      forwarded: 'host=evil.example',
    }
    const { payload } = await scene.app.inject({
      url: '/.well-known/oauth-authorization-server',
      headers: forged,
    })
    expect(payload).toBe(JSON.stringify(await metadata()))
  })
})

test('attack 26: open redirector: a posted request leads to our own address', async () => {
  const { searchParams } = new URL(scene.authorizationUrl(), 'http://here')
  const { status, headers } = await posted(scene.app, '/oauth2/authorize', Object.fromEntries(searchParams))
  expect([status, String(headers.location).startsWith('/oauth2/authorize?')]).toEqual([303, true])
  const evil = await posted(scene.app, '/oauth2/authorize', {
    ...Object.fromEntries(searchParams),
    redirect_uri: 'https://evil.example/',
  })
  expect([evil.status, evil.headers.location]).toEqual([400, undefined])
})
