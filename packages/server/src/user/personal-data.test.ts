import { afterEach, beforeEach, expect, test } from 'vitest'
import { aGrant, signedInPerson } from '../testing/people.ts'
import { type RefusalScene, refusalScene } from '../testing/refusal-scene.ts'

const account = '/api/v0/auth/account'
const password = 'a password of some length'

let scene: RefusalScene
beforeEach(async () => {
  scene = await refusalScene()
})
afterEach(() => scene.close())

/** A user who knows a password, signed in with it. */
async function known(email = 'grace@example.com') {
  const form = { email, password, fullName: 'Grace Hopper' }
  await scene.ask(undefined, 'POST', '/api/v0/auth/register', form)
  const { body } = await scene.ask(undefined, 'POST', '/api/v0/auth/token', form)
  const found = await scene.deps.store.users.findByEmail(email)
  if (found === undefined) throw new Error('the account was registered')
  return { account: found, token: String(body.token) }
}

test('a user gets everything that is kept about them, and nothing that opens anything', async () => {
  const { deps, client } = scene
  const user = await known()
  const { api_key } = await aGrant(deps, user, client.client_id)
  await deps.recorder.flush()
  const { status, body, text, headers } = await scene.ask(user, 'GET', `${account}/export`)
  expect(status).toBe(200)
  expect(headers['content-disposition']).toBe('attachment; filename="valetkey-2026-03-01.json"')
  expect(body).toMatchObject({
    account: { email: 'grace@example.com', full_name: 'Grace Hopper' },
    sessions: [{ network: '127.0.0.1' }],
    projects: [{ name: 'My first project' }],
    connected_apps: [{ client_id: client.client_id, scopes: ['read'] }],
    authorization_requests: [{ state: 'approved', approved_scopes: ['read'], rejected_scopes: ['write'] }],
    grants: [{ state: 'active', revoked_at: null }],
  })
  expect(body.audit_events.map(({ action }: { action: string }) => action)).toContain('user.registered')
  const head = Buffer.from(api_key.head).toString('hex')
  for (const hidden of [user.account.password_hash, user.token, head, client.client_secret])
    expect(text).not.toContain(hidden)
  expect(text).not.toMatch(/password_hash|token_hash|sealed|code_hash/)
})

test('of somebody else there is nothing in it', async () => {
  const user = await known()
  const stranger = await signedInPerson(scene.deps, 'user', 'Somebody Else')
  await aGrant(scene.deps, stranger, scene.client.client_id)
  const { text } = await scene.ask(user, 'GET', `${account}/export`)
  expect(text).not.toContain('Somebody Else')
  expect(text).not.toContain(stranger.account.id)
  expect((await scene.ask(undefined, 'GET', `${account}/export`)).status).toBe(401)
  expect((await scene.ask(scene.developer, 'GET', `${account}/export`)).status).toBe(401)
})

test('rate_limited: ten exports an hour', async () => {
  const user = await known()
  for (let at = 0; at < 10; at++) expect((await scene.ask(user, 'GET', `${account}/export`)).status).toBe(200)
  expect((await scene.ask(user, 'GET', `${account}/export`)).status).toBe(429)
})

test('an account ends with its password, and with it all access and every session', async () => {
  const { deps, client } = scene
  const user = await known()
  const { api_key, grant } = await aGrant(deps, user, client.client_id)
  const answer = await scene.send({
    method: 'DELETE',
    url: account,
    cookies: { _tokenKey: user.token },
    payload: { password },
  })
  expect(answer.status).toBe(204)
  expect(String(answer.headers['set-cookie'])).toMatch(/^_tokenKey=;/)
  const key = await deps.store.apiKeys.findByHead(Buffer.from(api_key.head).toString('hex'))
  expect(key?.revoked_at).not.toBeNull()
  expect((await deps.store.grants.find(grant.id))?.revoked_by).toBe('user')
  expect((await scene.ask(user, 'GET', account)).status).toBe(401)
  await deps.background.flush()
  expect(deps.mails.map(({ subject }) => subject)).toEqual(['Your Valetkey account was deleted'])
  // The address is free, and whoever takes it finds nothing of what was there.
  const again = await known()
  expect((await scene.ask(again, 'GET', '/api/v0/auth/developer-access')).body).toEqual([])
})

test('password_wrong: a session alone ends nothing, and guessing is slowed down as at the sign-in', async () => {
  const user = await known()
  const end = (form: object, who = user) => scene.ask(who, 'DELETE', account, form)
  expect((await end({})).status).toBe(400)
  for (let tries = 0; tries < 3; tries++) {
    const { status, body } = await end({ password: 'wrong' })
    expect([status, body.error_uri]).toEqual([400, 'https://valetkey.test/errors/password_wrong'])
  }
  expect((await end({ password })).status).toBe(400)
  expect((await scene.ask(user, 'GET', account)).status).toBe(200)
})

test('origin_foreign: no page of others ends an account', async () => {
  const user = await known()
  const { status } = await scene.send({
    method: 'DELETE',
    url: account,
    cookies: { _tokenKey: user.token },
    headers: { origin: 'https://evil.example' },
    payload: { password },
  })
  expect(status).toBe(403)
})
