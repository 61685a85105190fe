/** Scopes that one reader takes for this and the next for that. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ask, redirectUri } from '../../packages/server/src/testing/people.ts'
import { type StandardScene, standardScene } from '../../packages/server/src/testing/standard-scene.ts'

let scene: StandardScene
beforeEach(async () => {
  scene = await standardScene({ settings: { rate_limits: false } })
})
afterEach(() => scene.close())

const many = (count: number) =>
  Array.from({ length: count }, (_, n) => `bucket:b${String(n).padStart(5, '0')}`).join(' ')

describe('attack 35: scope text tricks', () => {
  test.each<[string, string]>([
    ['a Cyrillic letter', 'rеad'],
    ['fullwidth letters', 'ｒｅａｄ'],
    ['an invisible letter', 'read\u200b'],
    ['a combining mark', 'read\u0301'],
    ['upper case', 'READ'],
    ['double spaces', 'read  list'],
    ['a space before', ' read'],
    ['a space behind', 'read '],
    ['a space alone', ' '],
    ['a tab', 'read\tlist'],
    ['a line break', 'read\nlist'],
    ['a no-break space', 'read\u00a0list'],
    ['a comma', 'read,list'],
    ['a comma and a space', 'read, list'],
    ['a semicolon', 'read;list'],
    ['a quote', 'read "list"'],
    ['a backslash', 'read bucket:photos;a\\b'],
    ['a percent sign that encodes nothing', 'read bucket:photos;a%zz'],
    ['an encoded scope', '%72ead'],
    ['65 scopes', `read ${many(64)}`],
    ['an asterisk', '*'],
    ['an empty name', 'read bucket:'],
    ['an unknown one among known ones', 'read list admin'],
    ['a longer word', 'read-write'],
    ['offline_access alone', 'offline_access'],
    ['places alone', 'bucket:photos'],
  ])('attack 35: scope text tricks: %s is invalid_scope', async (_what, scope) => {
    const device = await scene.post('/oauth2/device_authorization', { scope })
    expect([device.status, device.body.error]).toEqual([400, 'invalid_scope'])
    const { searchParams } = new URL(scene.authorizationUrl({ scope }), 'http://here')
    const pushed = await scene.post('/oauth2/par', Object.fromEntries(searchParams))
    expect([pushed.status, pushed.body.error]).toEqual([400, 'invalid_scope'])
    expect((await scene.decide({ scope })).parameters.error).toBe('invalid_scope')
    const storx = { client_id: scene.client.client_id, redirect_uri: redirectUri, scope: [scope] }
    const { status } = await ask(scene.app, scene.user, 'POST', '/api/v0/oauth2/request', storx)
    // The dialect leaves it to the user's page to refuse what has places alone.
    if (scope !== 'bucket:photos') expect(status).toBe(400)
  })

  test.each<[string, string]>([
    ['NUL', 'read\0list'],
    ['10,000 scopes', many(10_000)],
    ['a thousand times one', 'read '.repeat(1000).trim()],
  ])('attack 35: scope text tricks: %s are refused before they are read', async (_what, scope) => {
    const { status, body } = await scene.post('/oauth2/device_authorization', { scope })
    expect([400, 413]).toContain(status)
    expect(['invalid_request', 'invalid_scope']).toContain(body.error)
  })

  test('attack 35: scope text tricks: order does not matter', async () => {
    const asked = async (scope: string) => {
      const app = await standardScene({ settings: { rate_limits: false } })
      const { status, body } = await app.granted({ scope })
      await app.close()
      return [
        status,
        body.scope.split(' ').toSorted(),
        body.authorization_details
          .map(({ bucket, actions }: { bucket: string; actions: string[] }) => [bucket, actions.toSorted()])
          .toSorted(),
      ]
    }
    const first = await asked('read list bucket:photos bucket:music offline_access')
    expect(first[0]).toBe(200)
    expect(await asked('offline_access bucket:music list bucket:photos read')).toEqual(first)
  })

  // RFC 6749 §3.3: each string adds to the range of access, so that one that is there already adds nothing.
  test('attack 35: scope text tricks: one that is repeated is one', async () => {
    const { body } = await scene.granted({ scope: 'read read bucket:photos bucket:photos' })
    expect(body.scope).toBe('read bucket:photos')
    expect(body.authorization_details).toHaveLength(1)
  })
})
