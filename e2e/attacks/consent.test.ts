/** Whoever wants more than the user allowed. */
import type { Operation } from '@valetkey/access-grant'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ask, redirectUri, signedInPerson } from '../../packages/server/src/testing/people.ts'
import {
  type Form,
  type StandardScene,
  standardScene,
} from '../../packages/server/src/testing/standard-scene.ts'
import { consentPage, letsAtAll } from './testing/access.ts'

let scene: StandardScene
beforeEach(async () => {
  scene = await standardScene({ settings: { rate_limits: false } })
})
afterEach(() => scene.close())

const day = 86_400
const historyOf = () =>
  scene.deps.store.requests.history(scene.user.account.id, scene.client.client_id, scene.deps.clock.now())
const details = (...some: object[]) => JSON.stringify(some.map((one) => ({ type: 'storage_access', ...one })))

describe('attack 31: consent escalation', () => {
  const asked = { scope: 'read list bucket:photos;2024/ bucket:music' }
  afterEach(async () => {
    expect((await historyOf()).map(({ state }) => state)).toEqual(['waiting'])
    expect(
      (await scene.deps.store.grants.connectedApps(scene.user.account.id, scene.deps.clock.now())).length,
    ).toBe(0)
  })

  test.each<[string, string[]]>([
    ['one action more', ['read', 'list', 'write', 'bucket:music']],
    ['other actions', ['delete', 'lock', 'bucket:music']],
    ['another bucket', ['read', 'bucket:videos']],
    ['a bucket more', ['read', 'bucket:music', 'bucket:videos']],
    ['a shorter prefix', ['read', 'bucket:photos']],
    ['a prefix beside it', ['read', 'bucket:photos;2025/']],
    ['a prefix that begins alike', ['read', 'bucket:photos;2024-private/']],
    ['a bucket that begins alike', ['read', 'bucket:music-private']],
    ['no place, which is the whole project', ['read', 'list']],
    ['an unknown action', ['read', 'admin', 'bucket:music']],
    ['offline_access, which nobody asked for', ['read', 'offline_access', 'bucket:music']],
    ['places alone', ['bucket:music']],
    ['nothing', []],
  ])('attack 31: consent escalation: %s is refused, and nothing is issued', async (_what, scopes) => {
    const { data, decide } = await consentPage(scene, scene.authorizationUrl(asked))
    const { status, body } = await decide({
      approved_scopes: scopes,
      project_id: data.projects[0]?.id,
      not_after: data.latest_end - day,
    })
    expect([status, body.error]).toEqual([400, 'invalid_scope'])
    expect(body.code).toBeUndefined()
  })

  test.each<[string, (latest_end: number) => object]>([
    ['a later end than there can be', (latest_end) => ({ not_after: latest_end + 1 })],
    ['an end in the past', () => ({ not_after: 1 })],
    ['an end that is no number', () => ({ not_after: '2099-01-01' })],
    ['an end beyond all numbers', () => ({ not_after: 1e300 })],
    ['a project that is not theirs', () => ({ project_id: '00000000-0000-4000-8000-000000000000' })],
    ['authorization_details of its own', () => ({ authorization_details: details({ actions: ['delete'] }) })],
    ['an unknown member', () => ({ trusted: true })],
    ['another redirect URI', () => ({ redirect_uri: 'https://evil.example/' })],
    ['another client', () => ({ client_id: 'other' })],
    ['a half for a device that never asked', () => ({ sealed_half: 'A'.repeat(150) })],
    [
      'places that were not approved',
      () => ({
        sealed_encryption_access: 'A'.repeat(100),
        encrypted_prefixes: [{ bucket: 'videos', encrypted_path_prefix: '' }],
      }),
    ],
  ])('attack 31: consent escalation: %s is refused, and nothing is issued', async (_what, change) => {
    const { data, decide } = await consentPage(scene, scene.authorizationUrl(asked))
    const body = {
      approved_scopes: ['read', 'bucket:music'],
      project_id: data.projects[0]?.id,
      not_after: data.latest_end - day,
    }
    const answer = await decide({ ...body, ...change(data.latest_end) })
    expect(answer.status, answer.text).toBe(400)
    expect(answer.body.code).toBeUndefined()
  })

  test('attack 31: consent escalation: neither is a later end than was asked for, nor another project, nor a longer life of objects', async () => {
    const { network } = scene.deps
    const end = scene.deps.clock.now() + day
    const [project] = await network.projectsOf(scene.user.account.id)
    const second = await network.createProject(scene.user.account.id, 'Second')
    const bounded = details({
      bucket: 'music',
      actions: ['read'],
      not_after: end,
      project: project?.id,
      max_object_ttl: 60,
    })
    const { data, decide } = await consentPage(
      scene,
      scene.authorizationUrl({ scope: undefined, authorization_details: bounded }),
    )
    expect(data.latest_end).toBe(end)
    const right = { approved_scopes: ['read', 'bucket:music'], project_id: project?.id, not_after: end }
    for (const change of [{ not_after: end + 1 }, { project_id: second?.id }, { max_object_ttl: 3600 }])
      expect((await decide({ ...right, ...change })).status).toBe(400)
  })

  test('attack 31: consent escalation: in the StorX dialect as well', async () => {
    const ended = { not_after: scene.deps.clock.now() + 366 * day }
    const { user } = scene
    const { body } = await ask(scene.app, user, 'POST', '/api/v0/oauth2/request', {
      client_id: scene.client.client_id,
      redirect_uri: redirectUri,
      scope: ['read', 'bucket:photos;2024/'],
    })
    for (const change of [
      { approved_scopes: ['read', 'write', 'bucket:photos;2024/'] },
      { approved_scopes: ['read'] },
      { approved_scopes: ['read', 'bucket:photos'] },
      { ...ended, approved_scopes: ['read', 'bucket:photos;2024/'] },
    ]) {
      const decision = { request_id: body.request_id, approve: true, ...change }
      expect((await ask(scene.app, user, 'POST', '/api/v0/oauth2/consent', decision)).status).toBe(400)
    }
  })
})

test('attack 31: consent escalation: a client asks no user for more than it is registered for', async () => {
  const form = { client_name: 'Reader', redirect_uris: [redirectUri], scope: 'read bucket:music' }
  const { body } = await ask(scene.app, scene.developer, 'POST', '/oauth2/register', form)
  const wide = (change: Form) => scene.decide({ client_id: body.client_id, ...change })
  for (const scope of ['read', 'read write bucket:music', 'read bucket:photos'])
    expect((await wide({ scope })).parameters.error).toBe('invalid_scope')
  const { parameters } = await wide({
    scope: undefined,
    authorization_details: details({ bucket: 'photos', actions: ['read'] }),
  })
  expect(parameters.error).toBe('invalid_authorization_details')
  expect((await wide({ scope: 'read bucket:music' })).parameters.code).toBeDefined()
})

test('attack 31: consent escalation: nobody decides on the request of another', async () => {
  const { data } = await consentPage(scene, scene.authorizationUrl())
  const stranger = await signedInPerson(scene.deps, 'user')
  await scene.deps.network.createProject(stranger.account.id, 'Theirs')
  const { request_id, csrf_token } = data
  const decision = { request_id, csrf_token, approve: true, approved_scopes: ['read', 'bucket:photos'] }
  expect((await ask(scene.app, stranger, 'POST', '/consent', decision)).status).toBe(403)
  const { csrf_token: _, ...bare } = decision
  expect((await ask(scene.app, stranger, 'POST', '/api/v0/oauth2/consent', bare)).status).toBe(403)
})

describe('attack 32: prefix confusion', () => {
  test('attack 32: prefix confusion: a bucket is that bucket alone', async () => {
    const { access_token } = (await scene.granted({ scope: 'read write list delete bucket:photos' })).body
    const reads = (bucket: string, path: string) => letsAtAll(scene, access_token, 'read', bucket, path)
    expect([await reads('photos', 'a'), await reads('photos', 'b/c')]).toEqual([true, true])
    for (const bucket of ['photos-private', 'photo', 'photosx', 'photos.x', 'Photos', ''])
      for (const path of ['a', ''])
        expect([bucket, await reads(bucket, path)]).toEqual([bucket, path === '' && bucket === ''])
  })

  test('attack 32: prefix confusion: a prefix is those whole path components alone', async () => {
    for (const scope of [
      'read write list delete bucket:photos;2024/',
      'read write list delete bucket:photos;2024',
    ]) {
      const app = await standardScene({ settings: { rate_limits: false } })
      const { access_token } = (await app.granted({ scope })).body
      const does = (op: Operation, path: string, bucket = 'photos') =>
        letsAtAll(app, access_token, op, bucket, path)
      for (const path of ['2024/a', '2024/a/b', '2024/..a'])
        expect([path, await does('read', path)]).toEqual([path, true])
      for (const op of ['read', 'write', 'list', 'delete'] as const)
        for (const path of [
          '2024-private/a',
          '2024x',
          '202',
          '2025/a',
          'x/2024/a',
          '../2024/a',
          'photos/2024/a',
          '/2024/a',
          './2024/a',
        ])
          expect([op, path, await does(op, path)]).toEqual([op, path, false])
      for (const op of ['write', 'list', 'delete'] as const)
        expect([op, await does(op, '')]).toEqual([op, false])
      expect(await does('read', '2024/a', 'music')).toBe(false)
      // Names are no paths to be resolved: this one lies within, and is an object of that very name.
      expect(await does('read', '2024/../x')).toBe(true)
      expect(await does('read', 'x')).toBe(false)
      await app.close()
    }
  })

  test.each([
    'bucket:',
    'bucket:photos;../x',
    'bucket:photos;2024/../x',
    'bucket:photos;2024//x',
    'bucket:photos;/',
    'bucket:photos;/2024',
    'bucket:photos;./2024',
    'bucket:photos;2024%2Fx',
    'bucket:photos;2024%00',
    'bucket:photos/2024',
    'bucket:*',
    'bucket:photos*',
  ])('attack 32: prefix confusion: %s is no place', async (place) => {
    const answer = await scene.post('/oauth2/device_authorization', { scope: `read ${place}` })
    expect([answer.status, answer.body.error]).toEqual([400, 'invalid_scope'])
    const storx = {
      client_id: scene.client.client_id,
      redirect_uri: redirectUri,
      scope: ['read', decodeURIComponent(place)],
    }
    if (place !== 'bucket:photos;2024%2Fx')
      expect((await ask(scene.app, scene.user, 'POST', '/api/v0/oauth2/request', storx)).status).toBe(400)
    const [, bucket = '', prefix] = /^bucket:([^;]*);?(.*)$/.exec(place) ?? []
    const text = details({ bucket, prefix: decodeURIComponent(prefix ?? ''), actions: ['read'] })
    if (place !== 'bucket:photos;2024%2Fx')
      expect((await scene.post('/oauth2/device_authorization', { authorization_details: text })).status).toBe(
        400,
      )
  })
})
