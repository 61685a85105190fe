import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Deps } from '../deps.ts'
import { cookieNames } from '../http/sessions.ts'
import { type AccountDoor, aPassword, openDoor } from '../testing/account-door.ts'

const ada = { fullName: 'Ada Lovelace', email: 'ada@example.com', password: aPassword }
type Audited = Parameters<Deps['recorder']['audit']>[0]

describe.each(['developer', 'user'] as const)('%s account', (kind) => {
  let door: AccountDoor
  let audited: Audited[]

  beforeEach(async () => {
    audited = []
    const recorder = {
      trace: () => {},
      audit: (event: Audited) => void audited.push(event),
      secretUsed: () => {},
      flush: async () => {},
    }
    door = await openDoor(kind, { recorder })
  })
  afterEach(() => door.close())

  describe('a session', () => {
    let token: string
    beforeEach(async () => {
      token = await door.enter()
    })

    test('opens the account by bearer token and by cookie', async () => {
      const account = {
        id: expect.stringMatching(/^[0-9a-f-]{36}$/),
        fullName: 'Ada Lovelace',
        email: 'ada@example.com',
        companyName: '',
        createdAt: '2026-03-01T12:00:00Z',
        pendingVerification: false,
        status: 1,
      }
      expect((await door.ask('GET', '/account', undefined, { bearer: token })).json).toEqual(account)
      expect((await door.ask('GET', '/account', undefined, { cookie: token })).json).toEqual(account)
    })

    test.each([
      ['GET', '/account', undefined],
      ['PATCH', '/account', { fullName: 'Eve' }],
      ['POST', '/account/change-password', { password: aPassword, newPassword: 'another horse' }],
      ['POST', '/logout', {}],
      ['POST', '/refresh-session', {}],
      ['POST', '/reset-password-after-login', { newPassword: 'another horse' }],
    ] as const)('not_signed_in: %s %s needs one', async (method, path, body) => {
      for (const how of [
        {},
        { bearer: 'x' },
        { bearer: 'A'.repeat(43) },
        { cookie: 'A'.repeat(43) },
        { cookie: '' },
      ]) {
        const answer = await door.ask(method, path, body, how)
        expect(answer.status).toBe(401)
        expect(answer.json).toMatchObject({ error: 'unauthorized' })
      }
    })

    test('of one door opens nothing behind the other', async () => {
      const other = kind === 'developer' ? 'api/v0/auth/account' : 'api/v0/developer/auth/account'
      const bearer = await door.ask('GET', other, undefined, { bearer: token })
      const cookie = await door.ask('GET', other, undefined, {
        headers: { cookie: `${cookieNames.developer}=${token}; ${cookieNames.user}=${token}` },
      })
      expect([bearer.status, cookie.status]).toEqual([401, 401])
    })

    test('ends by itself', async () => {
      door.deps.clock.advance(1799)
      expect((await door.ask('GET', '/account', undefined, { bearer: token })).status).toBe(200)
      door.deps.clock.advance(1)
      expect((await door.ask('GET', '/account', undefined, { bearer: token })).status).toBe(401)
      expect((await door.ask('POST', '/refresh-session', {}, { bearer: token })).status).toBe(401)
    })

    test('is prolonged by a refresh, which answers a bare time and renews the cookie', async () => {
      door.deps.clock.advance(1000)
      const answer = await door.ask('POST', '/refresh-session', undefined, { cookie: token })
      expect([answer.status, answer.body]).toEqual([200, '"2026-03-01T12:46:40Z"'])
      expect(answer.headers['content-type']).toMatch(/^application\/json/)
      expect(answer.cookies).toMatchObject([{ value: token, expires: new Date('2026-03-01T12:46:40Z') }])
      door.deps.clock.advance(1799)
      expect((await door.ask('GET', '/account', undefined, { bearer: token })).status).toBe(200)
    })

    test('refreshed by bearer token touches no cookie of another session', async () => {
      const answer = await door.ask('POST', '/refresh-session', {}, { bearer: token, cookie: 'B'.repeat(43) })
      expect([answer.status, answer.cookies]).toEqual([200, []])
    })

    test('needs the password again after thirty days, however often it is refreshed', async () => {
      const { json } = await door.ask('POST', '/token', { ...ada, rememberForOneWeek: true })
      const bearer = (json as { token: string }).token
      const ends: unknown[] = []
      for (let day = 0; day < 30; day += 5) {
        ends.push((await door.ask('POST', '/refresh-session', {}, { bearer })).json)
        door.deps.clock.advance(5 * 86_400)
      }
      expect(ends.slice(-2)).toEqual(['2026-03-28T12:00:00Z', '2026-03-31T12:00:00Z'])
      expect((await door.ask('GET', '/account', undefined, { bearer })).status).toBe(401)
    })

    test('is really gone after a sign-out, and the cookie with it', async () => {
      const answer = await door.ask('POST', '/logout', undefined, { cookie: token })
      expect([answer.status, answer.body]).toEqual([200, ''])
      expect(answer.cookies).toMatchObject([
        { name: cookieNames[kind], value: '', path: '/', expires: new Date(0) },
      ])
      expect((await door.ask('GET', '/account', undefined, { bearer: token })).status).toBe(401)
      expect(audited.at(-1)).toMatchObject({ action: `${kind}.signed_out`, outcome: 'success' })
    })

    test('origin_foreign: a page of another site cannot use its cookie; a bearer token is no cookie', async () => {
      const headers = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }
      expect(
        (await door.ask('PATCH', '/account', { fullName: 'Eve' }, { cookie: token, headers })).status,
      ).toBe(403)
      expect((await door.ask('POST', '/logout', {}, { cookie: token, headers })).status).toBe(403)
      expect(
        (await door.ask('PATCH', '/account', { fullName: 'Ada King' }, { bearer: token, headers })).status,
      ).toBe(200)
      expect((await door.ask('GET', '/account', undefined, { cookie: token })).json).toMatchObject({
        fullName: 'Ada King',
      })
      const ours = { origin: 'https://valetkey.test', 'sec-fetch-site': 'same-origin' }
      expect((await door.ask('POST', '/logout', {}, { cookie: token, headers: ours })).status).toBe(200)
    })

    test('renames its account, within what a name may be', async () => {
      const answer = await door.ask('PATCH', '/account', { fullName: ' Ada King ' }, { bearer: token })
      expect([answer.status, answer.body]).toEqual([200, ''])
      expect((await door.ask('PATCH', '/account', { fullName: '' }, { bearer: token })).status).toBe(400)
      expect((await door.ask('PATCH', '/account', {}, { bearer: token })).status).toBe(400)
      expect((await door.ask('GET', '/account', undefined, { bearer: token })).json).toMatchObject({
        fullName: 'Ada King',
      })
      expect(audited.at(-1)).toMatchObject({ action: `${kind}.renamed`, actor_kind: kind })
    })

    test('cannot skip the old password: password_reset_not_due', async () => {
      const answer = await door.ask(
        'POST',
        '/reset-password-after-login',
        { newPassword: 'another horse' },
        { bearer: token },
      )
      expect(answer.status).toBe(400)
      expect(answer.json).toMatchObject({ error: 'invalid_request' })
    })
  })

  describe('changing the password', () => {
    const change = { password: aPassword, newPassword: 'another horse' }
    let token: string
    beforeEach(async () => {
      token = await door.enter()
    })

    test('ends every session, and the new one signs in', async () => {
      const elsewhere = await signIn(door)
      const answer = await door.ask('POST', '/account/change-password', change, { bearer: token })
      expect([answer.status, answer.body]).toEqual([200, ''])
      expect(answer.cookies).toMatchObject([{ value: '' }])
      for (const bearer of [token, elsewhere])
        expect((await door.ask('GET', '/account', undefined, { bearer })).status).toBe(401)
      expect((await door.ask('POST', '/token', ada)).status).toBe(401)
      expect((await door.ask('POST', '/token', { ...ada, password: change.newPassword })).status).toBe(200)
      expect(audited.find(({ action }) => action === `${kind}.password_changed`)).toMatchObject({
        outcome: 'success',
      })
    })

    test.each([
      ['password_wrong', { password: 'wrong horse battery' }, 'The current password is wrong.'],
      ['password_unfit', { newPassword: aPassword }, 'Choose one that you do not have now.'],
      ['password_unfit', { newPassword: 'short' }, '8 to 64'],
      ['password_unfit', { newPassword: 'x'.repeat(65) }, '8 to 64'],
      ['request_malformed', { newPassword: undefined }, 'newPassword'],
    ])('%s: refused, and nothing has changed', async (_reason, wrong, words) => {
      const answer = await door.ask(
        'POST',
        '/account/change-password',
        { ...change, ...wrong },
        { bearer: token },
      )
      expect(answer.status).toBe(400)
      expect(answer.json).toMatchObject({
        error: 'invalid_request',
        error_description: expect.stringContaining(words),
      })
      expect((await door.ask('GET', '/account', undefined, { bearer: token })).status).toBe(200)
    })

    test('a sign-in with the old password that is under way meanwhile gets no session', async () => {
      const { passwords, store } = door.deps
      const { id = '' } = (await store[`${kind}s`].findByEmail(ada.email)) ?? {}
      const changedMeanwhile = await passwords.hash(change.newPassword)
      const verify = async (password_hash: string | undefined, password: string) => {
        const proven = await passwords.verify(password_hash, password)
        await store[`${kind}s`].setPassword(id, changedMeanwhile)
        return proven
      }
      const slow = await openDoor(kind, { store, passwords: { ...passwords, verify } })
      const answer = await slow.ask('POST', '/token', ada)
      expect([answer.status, answer.cookies]).toEqual([401, []])
    })

    test('rate_limited: whoever found an open session cannot try all passwords', async () => {
      const tries = Array.from({ length: 11 }, () => ({ ...change, password: 'wrong horse battery' }))
      const statuses: number[] = []
      for (const body of tries)
        statuses.push((await door.ask('POST', '/account/change-password', body, { bearer: token })).status)
      expect(statuses).toEqual([...Array.from({ length: 10 }, () => 400), 429])
    })
  })
})

async function signIn(door: AccountDoor): Promise<string> {
  return ((await door.ask('POST', '/token', ada)).json as { token: string }).token
}
