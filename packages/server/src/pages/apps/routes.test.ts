import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { StoreUnavailable } from '../../store/store.ts'
import {
  aClient,
  aGrant,
  aRequest,
  ask,
  oneOfEachRequest,
  type Person,
  signedInAgain,
  signedInPerson,
  type TestClient,
} from '../../testing/people.ts'
import { type TestDeps, testApp, testDeps } from '../../testing/test-deps.ts'

let app: FastifyInstance
let deps: TestDeps
let developer: Person
let user: Person
let client: TestClient
beforeAll(async () => {
  ;({ app, deps } = await testApp())
})
beforeEach(async () => {
  developer = await signedInPerson(deps, 'developer', 'Grace Example')
  user = await signedInPerson(deps, 'user')
  client = await aClient(app, developer, { description: 'Shows photos' })
})
afterAll(async () => {
  await app.close()
  await deps.store.close()
})

const page = async (person = user, url = '/apps') => {
  const { statusCode, headers, payload } = await app.inject({ url, cookies: { _tokenKey: person.token } })
  return { status: statusCode, headers, html: payload, text: textOf(payload) }
}
const history = (client_id = client.client_id) => `/apps/${client_id}/history`

/** What people read: no tags, one space between words. */
const textOf = (html: string): string => html.replaceAll(/<[^>]*>/g, '').replaceAll(/\s+/g, ' ')

describe('connected apps', () => {
  test.each(['/apps', '/apps?from=mail', '/apps/x/history'])(
    'whoever is not signed in is sent from %s to sign in, and back',
    async (url) => {
      const stranger = await app.inject({ url })
      expect([stranger.statusCode, stranger.headers.location, stranger.payload]).toEqual([
        303,
        `/sign-in?return_to=${encodeURIComponent(url)}`,
        '',
      ])
      const as = { url, cookies: { _developer_tokenKey: developer.token, _tokenKey: developer.token } }
      expect((await app.inject(as)).statusCode).toBe(303)
    },
  )

  test('each says who, what, where, since and until when', async () => {
    await aGrant(deps, user, client.client_id)
    const { status, text } = await page()
    expect(status).toBe(200)
    for (const words of [
      'Photos by Grace Example · Shows photos',
      'It may read files',
      'It may not upload new files, see which files there are, delete files and lock files against changes',
      'Where everywhere in the project first',
      'Since 1 March 2026',
      'Until 31 March 2026 (in 30 days)',
      'Last key collected 1 March 2026',
      'You refused: to upload new files.',
      'does not tell us when an app uses its key',
      'cannot be made smaller from afar',
    ])
      expect(text).toContain(words)
  })

  test('nobody connected is said in words, and so is who was', async () => {
    expect((await page()).text).toContain('No app holds access to your storage.')
    expect((await page()).html).toContain('aria-labelledby="ended-title" hidden')
    await aGrant(deps, user, client.client_id)
    await ask(app, user, 'DELETE', `/api/v0/auth/developer-access/${client.client_id}/revoke`)
    const { text, html } = await page()
    expect(text).toContain('Photos by Grace Example You ended its access on 1 March 2026.')
    expect(html).not.toContain('data-end=')
  })

  test('an app whose access ran out is no longer connected', async () => {
    const late = await testApp()
    const owner = await signedInPerson(late.deps, 'user')
    const { client_id } = await aClient(late.app, await signedInPerson(late.deps, 'developer'))
    const { grant } = await aGrant(late.deps, owner, client_id)
    late.deps.clock.advance(grant.not_after - late.deps.clock.now())
    const { token } = await signedInAgain(late.deps, 'user', owner.account)
    const { payload } = await late.app.inject({ url: '/apps', cookies: { _tokenKey: token } })
    expect(textOf(payload)).toContain('Its access ran out on 31 March 2026.')
    await late.app.close()
  })

  test('names, descriptions and prefixes are text, whatever they hold', async () => {
    const hostile = '"><script>alert(1)</script>'
    const owner = await signedInPerson(deps, 'developer', hostile)
    const { client_id } = await aClient(app, owner, { name: hostile, description: hostile })
    const named = await signedInPerson(deps, 'user', hostile)
    await aGrant(deps, named, client_id)
    await aRequest(deps, named, client_id, { scopes: ['read', `bucket:photos;${hostile}`] })
    for (const url of ['/apps', history(client_id), '/account']) {
      const { html } = await page(named, url)
      expect(html).not.toMatch(/<script>|<script[^>]*>alert/)
      expect(html).toContain('&#60;script&#62;alert(1)')
    }
  })

  test("nothing of another user's apps is shown", async () => {
    await aGrant(deps, user, client.client_id)
    const stranger = await signedInPerson(deps, 'user')
    for (const url of ['/apps', history()]) {
      const { html } = await page(stranger, url)
      for (const of of ['Photos', 'Grace', user.account.email]) expect(html).not.toContain(of)
    }
  })

  test('it is kept nowhere, framed by nobody, and runs nothing but its own script', async () => {
    const { headers, html } = await page()
    expect(headers).toMatchObject({ 'cache-control': 'no-store', 'x-frame-options': 'DENY' })
    expect(headers['content-security-policy']).toContain("default-src 'none'")
    expect(headers['content-security-policy']).toContain("script-src 'self'")
    expect(headers['content-security-policy']).not.toContain('unsafe')
    expect(html).not.toMatch(/ style=| on[a-z]+=|<style/)
    expect(html.match(/<script /g)).toHaveLength(1)
  })

  test('without its database it says so in a page, with the number of the trace', async () => {
    const base = await testDeps()
    const away = { ...base.store.grants, connectedApps: () => Promise.reject(new StoreUnavailable('away')) }
    const store = { ...base.store, grants: away }
    const broken = await testApp({ store })
    const { token } = await signedInPerson(broken.deps, 'user')
    const { statusCode, headers, payload } = await broken.app.inject({
      url: '/apps',
      cookies: { _tokenKey: token },
    })
    expect([statusCode, headers['content-type']]).toEqual([503, 'text/html; charset=utf-8'])
    expect(payload).toContain('This page cannot be shown now')
    expect(payload).toContain(String(headers['x-trace-id']))
    await broken.app.close()
  })
})

describe('what an app asked', () => {
  test('each request says how it ended, newest first, and one that waits leads to the decision', async () => {
    await oneOfEachRequest(deps, user, client.client_id)
    const { text, html } = await page(user, history())
    const outcomes = text.match(/Waits for you|Allowed|Refused|Not decided in time/g)
    expect(outcomes).toEqual(['Waits for you', 'Refused', 'Allowed', 'Allowed', 'Not decided in time'])
    expect(text).toContain('It asked to read files and upload new files in a whole project.')
    expect(text).toContain('You allowed it to read files in a whole project.')
    expect(html.match(/href="\/consent\/[0-9a-f-]{36}"/g)).toHaveLength(1)
  })

  test('places are told as buckets and what is below a prefix', async () => {
    const scopes = ['read', 'bucket:photos;2026/', 'bucket:films']
    await aRequest(deps, user, client.client_id, { scopes })
    expect((await page(user, history())).text).toContain(
      'It asked to read files in bucket photos, below 2026/ and bucket films.',
    )
  })

  test('a place that was narrowed is told, and what was allowed as it was asked is not', async () => {
    const asked = async () => (await page(user, history())).text
    const scopes = ['read', 'bucket:photos']
    const approved = async (approved_scopes: string[]) =>
      aRequest(deps, user, client.client_id, { scopes, approved_scopes, state: 'approved' })
    await approved(['bucket:photos', 'read'])
    expect(await asked()).not.toContain('You allowed it to read files in bucket photos')
    await approved(['read', 'bucket:photos;2026/'])
    expect(await asked()).toContain('You allowed it to read files in bucket photos, below 2026/.')
  })

  test('of an app that never asked there is nothing', async () => {
    expect((await page(user, history('%00'))).text).toContain('An app that asked nothing')
  })
})
