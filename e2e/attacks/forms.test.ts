/** Forms that two readers would read in two ways, and names that reach behind an object. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ask, parsed, redirectUri } from '../../packages/server/src/testing/people.ts'
import {
  type Form,
  jwtBearer,
  posted,
  type StandardPath,
  type StandardScene,
  standardScene,
} from '../../packages/server/src/testing/standard-scene.ts'
import { handmade, mac, rightClaims } from './testing/handmade.ts'
import { seen } from './testing/seen.ts'

let scene: StandardScene
beforeEach(async () => {
  scene = await standardScene({ settings: { rate_limits: false } })
})
afterEach(() => scene.close())

const paths: StandardPath[] = [
  '/oauth2/token',
  '/oauth2/par',
  '/oauth2/device_authorization',
  '/oauth2/revoke',
  '/oauth2/introspect',
]
/** A form that is right at each of them, but for the code, which nobody knows. */
async function rightForm(): Promise<Form> {
  const { searchParams } = new URL(scene.authorizationUrl({ scope: 'read' }), 'http://here')
  return {
    ...Object.fromEntries(searchParams),
    grant_type: 'authorization_code',
    code: 'x'.repeat(43),
    redirect_uri: redirectUri,
    code_verifier: 'v'.repeat(43),
    token: 'x',
    client_assertion: await scene.assertion(),
    client_assertion_type: jwtBearer,
  }
}
const bodyOf = (form: Form) =>
  new URLSearchParams(
    Object.entries(form).map(([name, value]): [string, string] => [name, value ?? '']),
  ).toString()

describe('attack 9: repeated form parameters', () => {
  const names = [
    'client_id',
    'client_secret',
    'client_assertion',
    'client_assertion_type',
    'grant_type',
    'code',
    'redirect_uri',
    'code_verifier',
    'scope',
    'state',
    'token',
    'whatever',
  ]

  test.each(paths)(
    'attack 9: repeated form parameters: two of any at %s are refused, equal or not',
    async (path) => {
      for (const name of names) {
        const form = await rightForm()
        const first = form[name] ?? 'x'
        for (const second of [first, 'other', '']) {
          const { [name]: _, ...others } = form
          const twice = new URLSearchParams([
            [name, first],
            [name, second],
          ])
          const { status, body } = await posted(scene.app, path, `${bodyOf(others)}&${twice}`)
          expect([name, status, body.error]).toEqual([name, 400, 'invalid_request'])
        }
      }
    },
  )

  test.each(paths)(
    'attack 9: repeated form parameters: two names that are one once they are decoded are two at %s',
    async (path) => {
      const { status, body } = await posted(scene.app, path, `${bodyOf(await rightForm())}&client%5Fid=other`)
      expect([status, body.error]).toEqual([400, 'invalid_request'])
    },
  )

  const known: { readonly [path in StandardPath]: readonly string[] } = {
    '/oauth2/token': [
      'grant_type',
      'code',
      'redirect_uri',
      'code_verifier',
      'scope',
      'refresh_token',
      'passphrase',
    ],
    '/oauth2/par': ['redirect_uri', 'scope', 'state', 'code_challenge'],
    '/oauth2/device_authorization': ['scope', 'authorization_details'],
    '/oauth2/revoke': ['token'],
    '/oauth2/introspect': ['token'],
  }
  const proofs = ['client_id', 'client_secret', 'client_assertion', 'client_assertion_type']

  test.each(paths)(
    'attack 9: repeated form parameters: in the address beside the body at %s they are refused',
    async (path) => {
      for (const name of [...proofs, ...known[path]]) {
        const form = await rightForm()
        for (const body of [form, { ...form, [name]: undefined }]) {
          const { status, body: answer } = await posted(
            scene.app,
            `${path}?${name}=${form[name] ?? 'x'}`,
            body,
          )
          expect([name, status, answer?.error]).toEqual([name, 400, 'invalid_request'])
        }
      }
    },
  )

  test('attack 9: repeated form parameters: each of the forms is let in as it is', async () => {
    const errors: unknown[] = []
    for (const path of paths) errors.push((await posted(scene.app, path, await rightForm())).body?.error)
    expect(errors).toEqual(['invalid_grant', undefined, undefined, undefined, undefined])
  })

  test.each(['client_id', 'redirect_uri', 'scope', 'code_challenge', 'state', 'response_type', 'whatever'])(
    'attack 9: repeated form parameters: two of %s end an authorization request',
    async (name) => {
      const url = `${scene.authorizationUrl()}&${name}=x${name === 'whatever' ? '&whatever=x' : ''}`
      const { statusCode, headers } = await asUser(url)
      if (name === 'client_id' || name === 'redirect_uri')
        expect([statusCode, headers.location]).toEqual([400, undefined])
      else {
        const back = new URL(String(headers.location))
        expect([back.origin, back.searchParams.get('error')]).toEqual([
          'https://photos.example',
          'invalid_request',
        ])
      }
    },
  )

  test('attack 9: repeated form parameters: the address of the StorX dialect has each once, too', async () => {
    for (const name of ['client_id', 'client_secret', 'redirect_uri', 'state']) {
      const query = new URLSearchParams([
        [name, 'x'],
        [name, 'y'],
      ])
      const others = {
        client_id: scene.client.client_id,
        client_secret: 'x',
        redirect_uri: redirectUri,
        state: 'x',
      }
      for (const [one, value] of Object.entries(others)) if (one !== name) query.append(one, value)
      const { statusCode, headers, payload } = await asUser(`/oauth2-integration?${query}`)
      expect([statusCode, headers.location]).toEqual([400, undefined])
      expect(payload).toContain(`${name} is there more than once`)
    }
  })
})

const asUser = (url: string) =>
  scene.app.inject({ method: 'GET', url, headers: { authorization: `Bearer ${scene.user.token}` } })

describe('attack 12: prototype pollution', () => {
  const names = [
    '__proto__',
    'constructor',
    'prototype',
    '__proto__[polluted]',
    'constructor.prototype.polluted',
    'toString',
    'hasOwnProperty',
  ]
  /** Everything that all objects inherit, own functions by identity. */
  const inherited = () =>
    [Object.prototype, Array.prototype, Map.prototype, Function.prototype].map((prototype) =>
      Reflect.ownKeys(prototype).map((key) => [key, Object.getOwnPropertyDescriptor(prototype, key)]),
    )
  let before: unknown
  beforeEach(() => {
    before = inherited()
  })
  afterEach(() => {
    expect(inherited()).toEqual(before)
    expect(Reflect.get({}, 'polluted')).toBeUndefined()
  })

  test.each(names)(
    'attack 12: prototype pollution: %s as a parameter is one that nobody knows',
    async (name) => {
      for (const path of paths) {
        const plain = await posted(scene.app, path, await rightForm())
        const more = await posted(scene.app, path, {
          ...(await rightForm()),
          [`${name}`]: '{"polluted":true}',
        })
        const stable = (text: string) =>
          text.replaceAll(
            /"(trace_id|request_uri|device_code|user_code|verification_uri_complete)":"[^"]*"/g,
            '',
          )
        expect(stable(more.text)).toBe(stable(plain.text))
        expect(more.status).toBe(plain.status)
      }
      const { headers } = await asUser(`${scene.authorizationUrl()}&${encodeURIComponent(name)}=x`)
      expect(String(headers.location)).toMatch(/^\/consent\//)
    },
  )

  test.each(names)(
    'attack 12: prototype pollution: %s stands for no parameter that is missing',
    async (name) => {
      const { grant_type: _, ...others } = await rightForm()
      const { status, body } = await posted(scene.app, '/oauth2/token', {
        ...others,
        [`${name}`]: 'grant_type',
      })
      expect([status, body.error]).toEqual([400, 'invalid_request'])
      const asked = await posted(scene.app, '/oauth2/token', { ...(await rightForm()), grant_type: name })
      expect([asked.status, asked.body.error]).toEqual([400, 'unsupported_grant_type'])
    },
  )

  test.each(names)(
    'attack 12: prototype pollution: %s in a JWT is a member that nobody knows, and no claim',
    async (name) => {
      const { client_id, client_secret } = scene.client
      const assert = async (header: string, payload: string) => {
        const form = await rightForm()
        const jwt = handmade(header, payload, mac(client_secret))
        return posted(scene.app, '/oauth2/token', { ...form, client_assertion: jwt })
      }
      const inside = () => JSON.stringify(rightClaims(scene, client_id)).slice(1, -1)
      const more = `${JSON.stringify(name)}:{"polluted":true,"alg":"HS256","sub":"${client_id}"}`
      const header = '{"alg":"HS256"}'
      expect((await assert(header, `{${inside()},${more}}`)).body.error).toBe('invalid_grant')
      expect((await assert(`{${more}}`, `{${inside()}}`)).body.error).toBe('invalid_client')
      expect((await assert(header, `{${inside().replace(/"sub":"[^"]*",/, '')},${more}}`)).body.error).toBe(
        'invalid_client',
      )
      expect((await assert(`{"alg":${JSON.stringify(name)}}`, `{${inside()}}`)).body.error).toBe(
        'invalid_client',
      )
    },
  )

  test.each(names)(
    'attack 12: prototype pollution: %s is no scope, no client and no registered value',
    async (name) => {
      const scope = await scene.post('/oauth2/device_authorization', { scope: `read ${name}` })
      expect([scope.status, scope.body.error]).toEqual([400, 'invalid_scope'])
      const storx = await ask(scene.app, scene.user, 'POST', '/api/v0/oauth2/request', {
        client_id: scene.client.client_id,
        redirect_uri: redirectUri,
        scope: [name],
      })
      expect([storx.status, storx.body.error]).toEqual([400, 'invalid_scope'])
      const known = await posted(scene.app, '/oauth2/introspect', { client_id: name, token: 'x' })
      const unknown = await posted(scene.app, '/oauth2/introspect', { client_id: 'nobody', token: 'x' })
      expect(seen(known)).toEqual(seen(unknown))
      const change = { response_mode: name }
      const { headers } = await asUser(scene.authorizationUrl(change))
      expect(new URL(String(headers.location)).searchParams.get('error')).toBe('invalid_request')
    },
  )

  test.each(names)(
    'attack 12: prototype pollution: %s in authorization_details is an unknown member',
    async (name) => {
      const detail = (more: string) => `[{"type":"storage_access","actions":["read"]${more}}]`
      const asked = (authorization_details: string) =>
        scene.post('/oauth2/device_authorization', { authorization_details })
      expect((await asked(detail(''))).status).toBe(200)
      for (const text of [
        detail(`,${JSON.stringify(name)}:{"polluted":true}`),
        `[{${JSON.stringify(name)}:{"type":"storage_access","actions":["read"]}}]`,
        `[{"type":${JSON.stringify(name)},"actions":["read"]}]`,
        `[{"type":"storage_access","actions":[${JSON.stringify(name)}]}]`,
        `{${JSON.stringify(name)}:[${detail('')}]}`,
      ]) {
        const { status, body } = await asked(text)
        expect([status, body.error]).toEqual([400, 'invalid_authorization_details'])
      }
    },
  )

  test.each([
    '{"__proto__":{"polluted":true}}',
    '{"constructor":{"prototype":{"polluted":true}}}',
    '{"a":{"__proto__":{"polluted":true}}}',
  ])('attack 12: prototype pollution: JSON bodies with %s are refused', async (text) => {
    for (const [who, path] of [
      [undefined, '/api/v0/oauth2/token'],
      [scene.user, '/consent'],
      [scene.user, '/api/v0/oauth2/consent'],
      [scene.developer, '/oauth2/register'],
      [scene.developer, '/api/v0/developer/auth/oauth2/clients'],
    ] as const) {
      const { status, text: answered } = await ask(scene.app, who, 'POST', path, text)
      expect([path, status]).toEqual([path, 400])
      expect(parsed(answered)).toBeDefined()
    }
  })
})
