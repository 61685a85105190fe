/** Whoever comes by a refresh token, or wants more of one than was granted. */

import { parseAccessGrant } from '@valetkey/access-grant'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Identity } from '../../packages/server/src/testing/assertion.ts'
import { type Answer, aClient } from '../../packages/server/src/testing/people.ts'
import {
  everyGrantType,
  type Form,
  posted,
  type StandardScene,
  standardScene,
} from '../../packages/server/src/testing/standard-scene.ts'
import { isLive, letsAtAll } from './testing/access.ts'

let scene: StandardScene
beforeEach(async () => {
  scene = await standardScene({ settings: { rate_limits: false } })
})
afterEach(() => scene.close())

const refused = ({ status, body }: Answer) => [status, body.error]
const noGrant = [400, 'invalid_grant']
const refresh = (refresh_token: string, more: Form = {}) =>
  scene.post('/oauth2/token', { grant_type: 'refresh_token', refresh_token, ...more })
const serverHalf = (token: string) => token.split('.')[0] ?? ''

describe('attack 36: refresh reuse', () => {
  test('attack 36: refresh reuse: an old token after its 30 seconds ends the family, and all access with it', async () => {
    const first = (await scene.granted()).body
    const second = (await refresh(first.refresh_token)).body
    scene.deps.clock.advance(31)
    expect(refused(await refresh(first.refresh_token))).toEqual(noGrant)
    expect(refused(await refresh(second.refresh_token))).toEqual(noGrant)
    for (const { access_token } of [first, second]) expect(await isLive(scene, access_token)).toBe(false)
  })

  test('attack 36: refresh reuse: within 30 seconds the answer that may have been lost is given again', async () => {
    const first = (await scene.granted()).body
    const second = (await refresh(first.refresh_token)).body
    scene.deps.clock.advance(29)
    const again = await refresh(first.refresh_token)
    expect([again.status, again.body.refresh_token]).toEqual([200, second.refresh_token])
    const third = await refresh(again.body.refresh_token)
    expect(third.status).toBe(200)
    expect(await isLive(scene, third.body.access_token)).toBe(true)
  })

  test('attack 36: refresh reuse: within 30 seconds, but after its successor was used, it ends the family', async () => {
    const first = (await scene.granted()).body
    const second = (await refresh(first.refresh_token)).body
    const third = (await refresh(second.refresh_token)).body
    expect(refused(await refresh(first.refresh_token))).toEqual(noGrant)
    expect(refused(await refresh(third.refresh_token))).toEqual(noGrant)
    expect(await isLive(scene, third.access_token)).toBe(false)
  })

  test('attack 36: refresh reuse: twenty at once have one successor', async () => {
    const { refresh_token } = (await scene.granted()).body
    const answers = await Promise.all(Array.from({ length: 20 }, () => refresh(refresh_token)))
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
    const [one, ...more] = new Set(answers.map(({ body }) => body.refresh_token))
    expect([more, one === refresh_token]).toEqual([[], false])
  })

  test('attack 36: refresh reuse: another client gets nothing, and ends nothing, with an old token or the newest', async () => {
    const other = await aClient(scene.app, scene.developer, { grant_types: everyGrantType })
    const first = (await scene.granted()).body
    const second = (await refresh(first.refresh_token)).body
    scene.deps.clock.advance(31)
    const asOther = (token: string, as: Identity & { readonly id: string } = other) =>
      scene.post('/oauth2/token', { grant_type: 'refresh_token', refresh_token: token }, as)
    for (const token of [first.refresh_token, second.refresh_token, serverHalf(second.refresh_token)])
      expect(refused(await asOther(token))).toEqual(noGrant)
    const { client_id } = scene.client
    const nobody = { grant_type: 'refresh_token', refresh_token: first.refresh_token, client_id }
    expect((await posted(scene.app, '/oauth2/token', nobody)).status).toBe(401)
    expect(await isLive(scene, second.access_token)).toBe(true)
    expect((await refresh(second.refresh_token)).status).toBe(200)
  })

  test('attack 36: refresh reuse: a token with the right beginning and a wrong rest ends nothing', async () => {
    const { refresh_token, access_token } = (await scene.granted()).body
    const half = serverHalf(refresh_token)
    for (const token of [
      half.slice(0, -1),
      `${half}A`,
      `${half.slice(0, -1)}${half.endsWith('A') ? 'E' : 'A'}`,
    ])
      expect(refused(await refresh(token))).toEqual(noGrant)
    expect(await isLive(scene, access_token)).toBe(true)
    expect((await refresh(refresh_token)).status).toBe(200)
  })
})

describe('attack 37: refresh scope growth', () => {
  const granted = () => scene.granted({ scope: 'read list bucket:photos;2024/ bucket:music offline_access' })

  test.each([
    'read list write bucket:photos;2024/ bucket:music',
    'write bucket:photos;2024/',
    'read list delete lock bucket:music',
    'read bucket:photos',
    'read bucket:photos;2025/',
    'read bucket:photos;2024-private/',
    'read bucket:photos;2024/../2025',
    'read bucket:photos;',
    'read bucket:videos',
    'read bucket:music bucket:videos',
    'bucket:music',
    'nothing',
    'read,list',
  ])('attack 37: refresh scope growth: %s is refused, and the token is still good', async (scope) => {
    const { refresh_token } = (await granted()).body
    expect(refused(await refresh(refresh_token, { scope }))).toEqual([400, 'invalid_scope'])
    expect((await refresh(refresh_token)).status).toBe(200)
  })

  // Without a place a scope means the whole project where access is asked for. Here it only says which words are left.
  test.each(['read', 'read list'])(
    'attack 37: refresh scope growth: %s without places keeps those that were granted',
    async (scope) => {
      const { refresh_token } = (await granted()).body
      const { body } = await refresh(refresh_token, { scope })
      expect(body.scope).toBe(`${scope} bucket:photos;2024/ bucket:music offline_access`)
      const reads = (bucket: string, path: string) =>
        letsAtAll(scene, body.access_token, 'read', bucket, path)
      expect([await reads('music', 'a'), await reads('photos', '2024/a')]).toEqual([true, true])
      expect([await reads('photos', '2025/a'), await reads('videos', 'a')]).toEqual([false, false])
    },
  )

  test.each<[string, (end: number) => object[]]>([
    ['an action more', () => [{ bucket: 'music', actions: ['read', 'list', 'write'] }]],
    ['a bucket more', () => [{ bucket: 'videos', actions: ['read'] }]],
    ['the whole project', () => [{ actions: ['read'] }]],
    ['a wider prefix', () => [{ bucket: 'photos', actions: ['read'] }]],
    ['another project', () => [{ bucket: 'music', project: 'other', actions: ['read'] }]],
    ['a later end', (end) => [{ bucket: 'music', actions: ['read'], not_after: end + 1 }]],
  ])('attack 37: refresh scope growth: authorization_details with %s are refused', async (_what, details) => {
    const { refresh_token, authorization_details } = (await granted()).body
    const end = scene.deps.clock.now() + 400 * 86_400
    expect(authorization_details[0].not_after).toBeLessThan(end)
    const text = JSON.stringify(details(end).map((detail) => ({ type: 'storage_access', ...detail })))
    expect(refused(await refresh(refresh_token, { authorization_details: text }))).toEqual([
      400,
      'invalid_authorization_details',
    ])
    expect((await refresh(refresh_token)).status).toBe(200)
  })

  test('attack 37: refresh scope growth: what was left out once is in the next refresh again, and nothing else', async () => {
    const first = (await granted()).body
    const less = (await refresh(first.refresh_token, { scope: 'read bucket:music' })).body
    expect(less.scope).toBe('read bucket:music offline_access')
    const whole = (await refresh(less.refresh_token)).body
    expect(whole.scope).toBe(first.scope)
    expect(parseAccessGrant(whole.access_token).api_key.caveats).toHaveLength(1)
  })
})
