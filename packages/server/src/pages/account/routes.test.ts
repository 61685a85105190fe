import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { type Person, signedInAgain, signedInPerson } from '../../testing/people.ts'
import { type TestDeps, testApp } from '../../testing/test-deps.ts'

let app: FastifyInstance
let deps: TestDeps
let user: Person
beforeAll(async () => {
  ;({ app, deps } = await testApp())
})
beforeEach(async () => {
  user = await signedInPerson(deps, 'user')
})
afterAll(async () => {
  await app.close()
  await deps.store.close()
})

const page = async (url = '/account', person = user) => {
  const { statusCode, headers, payload } = await app.inject({ url, cookies: { _tokenKey: person.token } })
  return { status: statusCode, headers, html: payload, text: payload.replaceAll(/<[^>]*>/g, ' ') }
}
const rename = (fullName: string) =>
  app.inject({
    method: 'PATCH',
    url: '/api/v0/auth/account',
    cookies: { _tokenKey: user.token },
    payload: { fullName },
  })

test('whoever is not signed in is sent to sign in, and back', async () => {
  const { statusCode, headers } = await app.inject({ url: '/account?status=failed' })
  expect([statusCode, headers.location]).toEqual([303, '/sign-in?return_to=%2Faccount%3Fstatus%3Dfailed'])
})

test('it shows the account, its projects and its sessions, and nothing of anybody else', async () => {
  await deps.network.createProject(user.account.id, 'Holiday films')
  const stranger = await signedInPerson(deps, 'user', 'Somebody Else')
  await deps.network.createProject(stranger.account.id, 'Secret plans')
  await signedInAgain(deps, 'user', user.account)
  const { status, html } = await page()
  expect(status).toBe(200)
  for (const mine of [user.account.email, 'Ada Example', 'Holiday films', 'a browser'])
    expect(html).toContain(mine)
  for (const theirs of ['Somebody Else', 'Secret plans', stranger.account.email])
    expect(html).not.toContain(theirs)
  expect(html.match(/This one/g)).toHaveLength(1)
  expect(html.match(/data-session="[\w-]{16}"/g)).toHaveLength(1)
  expect(html).not.toContain(user.token)
})

test('the activity is searched, narrowed to failures, and paged through', async () => {
  for (const name of ['One', '', 'Three']) await rename(name)
  await deps.recorder.flush()
  expect((await page()).text).toContain('You changed your name.')
  const failed = await page('/account?status=failed&search=name')
  expect(failed.text).toContain('You tried to change your name.')
  expect(failed.text).not.toContain('You changed your name.')
  expect(failed.html).toContain('/api/v0/audit-logs/export?search=name&#38;status=failed')
  expect((await page('/account?search=nowhere')).text).toContain('Nothing matches.')

  for (let name = 0; name < 20; name += 1) await rename(`Name ${name}`)
  await deps.recorder.flush()
  const [, older = ''] = /href="(\/account\?cursor=[^"]+)#activity">Older/.exec((await page()).html) ?? []
  const rest = await page(older)
  expect(rest.html.match(/<li class="row between">\n<span/g)).toHaveLength(3)
  expect(rest.html).toContain('>Newest</a>')
})

test.each(['/account?cursor=broken', '/account?search=a&search=b', `/account?search=${'x'.repeat(200)}`])(
  'a filter that is none breaks nothing: %s',
  async (url) => {
    const { status, text } = await page(url)
    expect(status).toBe(200)
    expect(text).toMatch(/cursor: must be|on record|Nothing matches/)
  },
)

test('forms carry the names that password managers know', async () => {
  const { html } = await page()
  for (const name of ['username', 'current-password', 'new-password'])
    expect(html).toContain(`autocomplete="${name}"`)
})
