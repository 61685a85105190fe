/**
 * Two servers on one PostgreSQL: what one of them did is so at the other, at once. A JWT that was shown to one is a
 * replay at the other: `attacks/jti.test.ts`; a code is redeemed once by whichever: `attacks/races.test.ts`.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { deviceCodeGrant } from '@valetkey/protocol'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { overHttp, scriptedUser } from '../packages/server/src/testing/scripted-user.ts'
import { anApproval, aStandardClient, postAs } from './attacks/testing/over-http.ts'
import { issuer, startOneOf } from './attacks/testing/servers.ts'
import { createDatabase } from './testing/database.ts'
import {
  aClient,
  aCode,
  aUser,
  call,
  type Form,
  type Person,
  password,
  type RegisteredClient,
  redeem,
  redirectUri,
  type TestServer,
} from './testing/story.ts'

let here: TestServer
let there: TestServer
const data = mkdtempSync(join(tmpdir(), 'valetkey-shared-'))
beforeAll(async () => {
  const settings = { data, database_url: await createDatabase(), rate_limits: 'on' }
  here = await startOneOf(settings)
  there = await startOneOf(settings)
})
afterAll(async () => {
  await here.stop()
  await there.stop()
  rmSync(data, { recursive: true, force: true })
})

const account = async (server: TestServer, { token }: Person) =>
  (await call(server, 'GET', '/api/v0/auth/account', { token })).status
const post = (server: TestServer, path: string, client: RegisteredClient, form: Form) =>
  postAs(server, path, client, form, issuer)
const isActive = async (server: TestServer, client: RegisteredClient, token: string): Promise<boolean> =>
  (await post(server, '/oauth2/introspect', client, { token })).body.active

/** Access that can be renewed, redeemed at the one server. */
async function granted(client: RegisteredClient, user: Person) {
  const form = await anApproval(here, client, user, { scope: 'read bucket:photos offline_access' })
  const answer = await post(here, '/oauth2/token', client, form)
  expect(answer.status, answer.text).toBe(200)
  return answer.body as { access_token: string; refresh_token: string }
}

test('a session begun at one server is good at the other, and over at both when either ends it', async () => {
  const user = await aUser(here)
  expect([await account(here, user), await account(there, user)]).toEqual([200, 200])
  expect(
    (await call(there, 'POST', '/api/v0/auth/logout', { token: user.token, body: {} })).status,
  ).toBeLessThan(300)
  expect([await account(here, user), await account(there, user)]).toEqual([401, 401])
})

test('guesses at one server lock the account at the other', async () => {
  const { email } = await aUser(here)
  const signIn = async (server: TestServer, guess: string) =>
    (await call(server, 'POST', '/api/v0/auth/token', { body: { email, password: guess } })).status
  expect([await signIn(here, 'guess one'), await signIn(there, 'guess two')]).toEqual([401, 401])
  await signIn(here, 'guess three')
  // It is the right one, and still too late.
  expect(await signIn(there, password)).toBe(401)
})

test('what one server limits is counted by both', async () => {
  const user = await aUser(here)
  const left = async (server: TestServer) =>
    (
      await call(server, 'POST', '/api/v0/auth/account/change-password', {
        token: user.token,
        body: { password: 'wrong every time', newPassword: 'another good password' },
      })
    ).status
  const statuses: number[] = []
  for (let n = 0; n < 11; n++) statuses.push(await left(n % 2 === 0 ? here : there))
  expect(statuses.slice(0, 10)).not.toContain(429)
  expect(statuses.at(-1)).toBe(429)
})

test('consent begun at one server is given at the other, and the code redeemed at the first', async () => {
  const [client, user] = [await aClient(here), await aUser(there)]
  const scope = ['read']
  const asked = await call(here, 'POST', '/api/v0/oauth2/request', {
    token: user.token,
    body: { client_id: client.client_id, redirect_uri: redirectUri, scope },
  })
  const decided = await call(there, 'POST', '/api/v0/oauth2/consent', {
    token: user.token,
    body: { request_id: asked.body.request_id, approve: true, approved_scopes: scope, rejected_scopes: [] },
  })
  expect((await redeem(here, client, decided.body.code)).status).toBe(200)
  expect((await redeem(there, client, decided.body.code)).status).toBe(400)
})

test('a device that asked at one server is answered at the other as its user decided at the first', async () => {
  const [client, user] = [await aStandardClient(here), await aUser(here)]
  const begun = await post(here, '/oauth2/device_authorization', client, { scope: 'read bucket:photos' })
  const form = { grant_type: deviceCodeGrant, device_code: begun.body.device_code }
  expect((await post(there, '/oauth2/token', client, form)).body.error).toBe('authorization_pending')
  // Asked too soon, and it was the other one that was asked before.
  expect((await post(here, '/oauth2/token', client, form)).body.error).toBe('slow_down')
  await scriptedUser(overHttp(there.url), user.token).decideForDevice(begun.body.user_code, { deny: true })
  expect((await post(here, '/oauth2/token', client, form)).body.error).toBe('access_denied')
})

test('what is revoked at one server is revoked at the other: codes, access, refresh tokens', async () => {
  const [client, user] = [await aStandardClient(here), await aUser(here)]
  const waiting = await anApproval(here, client, user)
  const { access_token, refresh_token } = await granted(client, user)
  expect([await isActive(here, client, access_token), await isActive(there, client, access_token)]).toEqual([
    true,
    true,
  ])
  const path = `/api/v0/auth/developer-access/${client.client_id}/revoke`
  expect((await call(here, 'DELETE', path, { token: user.token })).status).toBe(200)
  expect([await isActive(here, client, access_token), await isActive(there, client, access_token)]).toEqual([
    false,
    false,
  ])
  for (const form of [waiting, { grant_type: 'refresh_token', refresh_token }])
    expect((await post(there, '/oauth2/token', client, form)).body.error).toBe('invalid_grant')
})

test('a refresh at one server is known at the other', async () => {
  const [client, user] = [await aStandardClient(here), await aUser(here)]
  const first = await granted(client, user)
  const renew = (server: TestServer, refresh_token: string) =>
    post(server, '/oauth2/token', client, { grant_type: 'refresh_token', refresh_token })
  const second = await renew(there, first.refresh_token)
  const third = await renew(here, second.body.refresh_token)
  expect([second.status, third.status]).toEqual([200, 200])
  // Its successor was used, so whoever has the first one now is a thief: at whichever server.
  expect((await renew(here, first.refresh_token)).status).toBe(400)
  expect((await renew(there, third.body.refresh_token)).status).toBe(400)
})

test('a client that is disabled at one server is refused by the other', async () => {
  const [client, user] = [await aClient(here), await aUser(here)]
  const { code } = await aCode(here, client, user)
  const status = `/api/v0/developer/auth/oauth2/clients/${client.id}/status`
  const set = await call(here, 'PATCH', status, {
    token: client.developer.token,
    body: { status: 0 },
  })
  expect(set.status, set.text).toBeLessThan(300)
  expect((await redeem(there, client, code)).status).toBe(401)
})
