/** What the network lets through with the access grant that was issued, and until when. */

import {
  caveatFlags,
  type Operation,
  operations,
  type PermissionFlag,
  parseAccessGrant,
  parseCaveat,
  permissionFlags,
  permissionOfCaveat,
} from '@valetkey/access-grant'
import { actions, deviceCodeGrant, type ScopeAction } from '@valetkey/protocol'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { aClient } from '../../packages/server/src/testing/people.ts'
import { type StandardScene, standardScene } from '../../packages/server/src/testing/standard-scene.ts'
import { consentPage, lets, storxCode, storxRedeem } from './testing/access.ts'

let scene: StandardScene
beforeEach(async () => {
  scene = await standardScene({ settings: { rate_limits: false } })
})
afterEach(() => scene.close())

const day = 86_400
const details = (...some: object[]) => JSON.stringify(some.map((one) => ({ type: 'storage_access', ...one })))

/** The one action that gives each operation; no action gives the others, and asking what a key is to is free. */
const giver: { readonly [op in Operation]: ScopeAction | 'nobody' | 'everybody' } = {
  read: 'read',
  write: 'write',
  list: 'list',
  delete: 'delete',
  project_info: 'everybody',
  lock: 'lock',
  put_object_retention: 'lock',
  get_object_retention: 'lock',
  put_object_legal_hold: 'lock',
  get_object_legal_hold: 'lock',
  bypass_governance_retention: 'nobody',
  put_bucket_object_lock_configuration: 'lock',
  get_bucket_object_lock_configuration: 'lock',
  put_bucket_notification_configuration: 'nobody',
  get_bucket_notification_configuration: 'nobody',
}
const everyOperation = Object.keys(operations) as Operation[]
const flagsOf: { readonly [action in ScopeAction]: readonly PermissionFlag[] } = {
  read: ['allow_download'],
  write: ['allow_upload'],
  list: ['allow_list'],
  delete: ['allow_delete'],
  lock: [
    'allow_lock',
    'allow_put_object_retention',
    'allow_get_object_retention',
    'allow_put_object_legal_hold',
    'allow_get_object_legal_hold',
    'allow_put_bucket_object_lock_configuration',
    'allow_get_bucket_object_lock_configuration',
  ],
}

describe('attack 33: caveat gap', () => {
  const sets: ScopeAction[][] = [
    ...actions.map((action) => [action]),
    ['read', 'list'],
    ['write', 'delete'],
    [...actions],
  ]

  test('attack 33: caveat gap: every right that the network knows is given by one action, or by none', () => {
    expect(Object.keys(giver).sort()).toEqual([...everyOperation].sort())
    expect(Object.keys(caveatFlags)).toHaveLength(permissionFlags.length)
  })

  test.each(sets.map((set) => [set.join(' '), set] as const))(
    'attack 33: caveat gap: with %s the network denies everything else',
    async (scope, set) => {
      for (const place of ['', ' bucket:photos', ' bucket:photos;2024/']) {
        const app = await standardScene({ settings: { rate_limits: false } })
        const { access_token } = (await app.granted({ scope: `${scope}${place}` })).body
        for (const op of everyOperation) {
          const allowed = giver[op] === 'everybody' || set.some((action) => action === giver[op])
          expect([op, await lets(app, access_token, op, 'photos', '2024/a')]).toEqual([op, allowed])
        }
        const [caveat, ...more] = parseAccessGrant(access_token).api_key.caveats.map((bytes) =>
          parseCaveat(bytes),
        )
        if (caveat === undefined || more.length > 0) throw new Error('one caveat expected')
        const left = permissionOfCaveat(caveat)
        expect(permissionFlags.filter((flag) => left[flag]).toSorted()).toEqual(
          set.flatMap((action) => flagsOf[action]).toSorted(),
        )
        expect(caveat.allowed_paths).toHaveLength(place === '' ? 0 : 1)
        await app.close()
      }
    },
  )

  test('attack 33: caveat gap: after the user left some out, and after a refresh', async () => {
    const { body } = await scene.granted(
      { scope: 'read write delete bucket:photos offline_access' },
      { scopes: ['read', 'bucket:photos'] },
    )
    expect(body.scope).toBe('read bucket:photos offline_access')
    const again = await scene.post('/oauth2/token', {
      grant_type: 'refresh_token',
      refresh_token: body.refresh_token,
    })
    for (const grant of [body.access_token, again.body.access_token])
      for (const op of everyOperation)
        expect([op, await lets(scene, grant, op)]).toEqual([op, op === 'read' || op === 'project_info'])
  })

  test('attack 33: caveat gap: in the StorX dialect as well', async () => {
    const { body } = await storxRedeem(
      scene,
      await storxCode(scene, { scope: ['read', 'list'] }, { approved_scopes: ['list'] }),
    )
    for (const op of everyOperation)
      expect([op, await lets(scene, body.access_grant, op)]).toEqual([
        op,
        op === 'list' || op === 'project_info',
      ])
  })
})

describe('attack 34: unlimited grant', () => {
  /** Every caveat ends, and the first of them to do so within what was allowed. */
  function endOf(access_grant: string): number {
    const ends = parseAccessGrant(access_grant).api_key.caveats.map((bytes) => parseCaveat(bytes).not_after)
    expect(ends).toHaveLength(1)
    const [end] = ends
    expect(end?.nanos).toBe(0)
    return Number(end?.seconds)
  }
  const longest = 365 * day
  let issued = 0

  test('attack 34: unlimited grant: whatever is asked and decided, on every way to a grant, it has an end and the places it was given for', {
    timeout: 120_000,
  }, async () => {
    const anyEnd = fc.option(
      fc.oneof(fc.integer({ min: -2, max: longest + 2 }), fc.constantFrom(0, longest, 1e9, -1e9)),
      { nil: undefined },
    )
    const anyPlace = fc.constantFrom('', ' bucket:photos', ' bucket:photos;2024/ bucket:music')
    const asked = fc.record({
      place: anyPlace,
      offline: fc.boolean(),
      way: fc.constantFrom('code', 'details', 'device', 'storx'),
      latest: anyEnd,
      chosen: anyEnd,
    })
    await fc.assert(
      fc.asyncProperty(asked, async ({ place, offline, way, latest, chosen }) => {
        const app = await standardScene({ settings: { rate_limits: false } })
        const now = app.deps.clock.now()
        const choice = chosen === undefined ? {} : { not_after: now + chosen }
        const scope = `read${place}`
        const offline_access = offline ? 'offline_access' : undefined
        const grants: string[] = []
        const places = place.split(' ').filter((one) => one !== '')
        const take = (body: { access_grant?: string; refresh_token?: string }) => {
          if (body.access_grant !== undefined) grants.push(body.access_grant)
          return body
        }
        try {
          if (way === 'storx')
            take(
              (
                await storxRedeem(
                  app,
                  await storxCode(
                    app,
                    { scope: ['read', ...places] },
                    { approved_scopes: ['read', ...places], ...choice },
                  ),
                )
              ).body,
            )
          else if (way === 'device') {
            const { body } = await app.post('/oauth2/device_authorization', {
              scope: [scope, offline_access].join(' ').trim(),
            })
            await app.browser.decideForDevice(body.user_code, choice)
            take(
              (
                await app.post('/oauth2/token', {
                  grant_type: deviceCodeGrant,
                  device_code: body.device_code,
                })
              ).body,
            )
          } else {
            const end = latest === undefined ? {} : { not_after: now + latest }
            const bounded = place === ' bucket:photos' ? { bucket: 'photos' } : {}
            const form =
              way === 'code'
                ? { scope: [scope, offline_access].join(' ').trim() }
                : {
                    scope: offline_access,
                    authorization_details: details({ actions: ['read'], ...end, ...bounded }),
                  }
            const { refresh_token } = take((await app.granted(form, choice)).body)
            if (refresh_token !== undefined)
              take((await app.post('/oauth2/token', { grant_type: 'refresh_token', refresh_token })).body)
          }
        } catch (thrown) {
          // Refused: there is no grant that could be without an end.
          expect(String(thrown)).toMatch(/no code|answered 400/)
        }
        for (const grant of grants) {
          const end = endOf(grant)
          expect(end).toBeGreaterThan(now)
          expect(end).toBeLessThanOrEqual(now + longest)
          if (chosen !== undefined) expect(end).toBeLessThanOrEqual(now + chosen)
          if (way === 'details' && latest !== undefined) expect(end).toBeLessThanOrEqual(now + latest)
          const [caveat] = parseAccessGrant(grant).api_key.caveats.map((bytes) => parseCaveat(bytes))
          const wanted = way === 'details' ? Number(place === ' bucket:photos') : places.length
          expect(caveat?.allowed_paths).toHaveLength(wanted)
        }
        issued += grants.length
        await app.close()
      }),
      { numRuns: 40 },
    )
    expect(issued).toBeGreaterThan(10)
  })

  test('attack 34: unlimited grant: without a word about an end it is 30 days, and with offline_access an hour', async () => {
    const now = scene.deps.clock.now()
    const { data, decide } = await consentPage(scene, scene.authorizationUrl({ scope: 'read' }))
    const { body } = await decide({ approved_scopes: ['read'], project_id: data.projects[0]?.id })
    expect(endOf((await scene.exchange(body.code)).body.access_token)).toBe(now + 30 * day)
    const renewable = await scene.code()
    expect(endOf((await scene.exchange(renewable)).body.access_token)).toBe(now + 3600)
  })

  test('attack 34: unlimited grant: after its end the network lets nothing through', async () => {
    const { access_token, expires_in } = (await scene.granted()).body
    expect(await lets(scene, access_token, 'read')).toBe(true)
    scene.deps.clock.advance(expires_in + 1)
    for (const op of everyOperation) expect([op, await lets(scene, access_token, op)]).toEqual([op, false])
  })
})

test('attack 33: caveat gap: two clients of one user have two keys, and one ends without the other', async () => {
  const other = await aClient(scene.app, scene.developer)
  const first = (await scene.granted()).body
  const second = (await storxRedeem(scene, await storxCode(scene, { client_id: other.client_id }), {}, other))
    .body
  await scene.post('/oauth2/revoke', { token: first.access_token })
  expect([
    await lets(scene, first.access_token, 'read'),
    await lets(scene, second.access_grant, 'read'),
  ]).toEqual([false, true])
})
