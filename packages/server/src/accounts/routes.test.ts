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

  describe('registration', () => {
    test('a new address registers, answers an empty 200, and signs in', async () => {
      const answer = await door.ask('POST', '/register', { ...ada, companyName: 'Analytical Engines' })
      expect([answer.status, answer.body, answer.cookies]).toEqual([200, '', []])
      expect((await door.ask('POST', '/token', ada)).status).toBe(200)
      expect(audited.map(({ action, outcome }) => [action, outcome])).toEqual([
        [`${kind}.registered`, 'success'],
        [`${kind}.signed_in`, 'success'],
      ])
    })

    test.each([
      ['name, as the documents have it', { name: 'Ada', email: ada.email, password: aPassword }, 'Ada'],
      ['neither name nor fullName', { email: ada.email, password: aPassword }, 'ada'],
      [
        'fields nobody knows',
        { ...ada, secret: 'dG9rZW4=', isAdmin: true, state: 'deleted', id: '1' },
        ada.fullName,
      ],
    ])('with %s it registers as well', async (_what, form, fullName) => {
      expect((await door.ask('POST', '/register', form)).status).toBe(200)
      const { json } = await door.ask('POST', '/token', ada)
      const account = await door.ask('GET', '/account', undefined, {
        bearer: (json as { token: string }).token,
      })
      expect(account.json).toMatchObject({ fullName, email: 'ada@example.com', status: 1 })
    })

    test.each([
      ['email_malformed', { email: 'ada' }, 'The e-mail address is not valid.'],
      ['name_unfit', { fullName: '' }, 'A name has 1 to 64 characters'],
      ['name_unfit', { fullName: 'Ada\u202e' }, 'A name has 1 to 64 characters'],
      ['name_unfit', { companyName: 'x'.repeat(65) }, 'A name has 1 to 64 characters'],
      ['password_unfit', { password: 'seven77' }, 'A password has 8 to 64 characters.'],
      ['password_unfit', { password: 'x'.repeat(65) }, 'A password has 8 to 64 characters.'],
      ['request_malformed', { password: 12345678 }, 'password: '],
      ['request_malformed', { email: undefined }, 'email: '],
    ])('%s: %j is refused', async (_reason, change, words) => {
      const answer = await door.ask('POST', '/register', { ...ada, ...change })
      expect(answer.status).toBe(400)
      expect(answer.json).toMatchObject({
        error: 'invalid_request',
        error_description: expect.stringContaining(words),
      })
    })

    test('a password is counted in characters, not in bytes', async () => {
      const answer = await door.ask('POST', '/register', { ...ada, password: '🔑'.repeat(64) })
      expect(answer.status).toBe(200)
      expect(
        (await door.ask('POST', '/register', { ...ada, email: 'b@example.com', password: '🔑'.repeat(7) }))
          .status,
      ).toBe(400)
    })

    test('email_taken: an address registers once, however it is spelled', async () => {
      await door.ask('POST', '/register', ada)
      const again = await door.ask('POST', '/register', { ...ada, email: ' ADA@Example.com ' })
      expect(again.status).toBe(409)
      expect(again.json).toMatchObject({ error: 'conflict' })
    })

    test('of ten who register one address at once, one gets it', async () => {
      const forms = Array.from({ length: 10 }, (_, i) => ({ ...ada, password: `${aPassword} ${i}` }))
      const answers = await Promise.all(forms.map((form) => door.ask('POST', '/register', form)))
      const statuses = answers.map(({ status }) => status)
      expect(statuses.toSorted()).toEqual([200, ...Array.from({ length: 9 }, () => 409)])
      const signIns = await Promise.all(
        forms.map((form, i) => door.ask('POST', '/token', form, { from: `192.0.2.${i}` })),
      )
      expect(signIns.map(({ status }) => status === 200)).toEqual(statuses.map((status) => status === 200))
    })
  })

  describe('signing in', () => {
    beforeEach(async () => {
      await door.ask('POST', '/register', ada)
    })

    test('the answer holds a token and its end, and the cookie is the token, out of reach of scripts', async () => {
      const answer = await door.ask('POST', '/token', { email: 'ADA@example.com', password: aPassword })
      expect(answer.status).toBe(200)
      const { token, expiresAt } = answer.json as { token: string; expiresAt: string }
      expect(answer.json).toEqual({
        token: expect.stringMatching(/^[A-Za-z0-9_-]{43}$/),
        expiresAt: '2026-03-01T12:30:00Z',
      })
      expect(answer.cookies).toEqual([
        {
          name: cookieNames[kind],
          value: token,
          path: '/',
          httpOnly: true,
          secure: true,
          sameSite: 'Lax',
          expires: new Date(expiresAt),
        },
      ])
      expect(answer.headers['cache-control']).toBe('no-store')
    })

    test('on plain http the cookie is not Secure, or a laptop could not use it', async () => {
      const laptop = await openDoor(kind, { settings: { public_url: 'http://localhost:10002' } })
      await laptop.ask('POST', '/register', ada)
      const { cookies } = await laptop.ask('POST', '/token', ada)
      expect(cookies[0]).toMatchObject({ httpOnly: true, sameSite: 'Lax' })
      expect(cookies[0]).not.toHaveProperty('secure')
      await laptop.close()
    })

    test('rememberForOneWeek makes the session last a week, refreshed or not', async () => {
      const { json } = await door.ask('POST', '/token', { ...ada, rememberForOneWeek: true })
      const { token, expiresAt } = json as { token: string; expiresAt: string }
      expect(expiresAt).toBe('2026-03-08T12:00:00Z')
      door.deps.clock.advance(3600)
      expect((await door.ask('POST', '/refresh-session', {}, { bearer: token })).json).toBe(
        '2026-03-08T13:00:00Z',
      )
    })

    test('login_wrong: an unknown address gets the bytes a wrong password gets', async () => {
      const wrong = await door.ask('POST', '/token', { ...ada, password: 'wrong horse battery' })
      const unknown = await door.ask('POST', '/token', { ...ada, email: 'eve@example.com' })
      const noAddress = await door.ask('POST', '/token', { ...ada, email: 'nobody' })
      expect(wrong.status).toBe(401)
      expect(wrong.json).toMatchObject({ error: 'unauthorized' })
      expect(wrong.cookies).toEqual([])
      expect(withoutTrace(unknown)).toEqual(withoutTrace(wrong))
      expect(withoutTrace(noAddress)).toEqual(withoutTrace(wrong))
      const { id } = (await door.deps.store[`${kind}s`].findByEmail(ada.email)) ?? {}
      expect(audited.slice(-3)).toMatchObject([
        {
          action: `${kind}.signed_in`,
          outcome: 'failed',
          actor_kind: 'anonymous',
          actor_id: null,
          resource: id,
          network: '192.0.2.1',
        },
        { outcome: 'failed', resource: null },
        { outcome: 'failed', resource: null },
      ])
    })

    test('a disabled account is not told from a wrong password, and its sessions are over', async () => {
      const { json } = await door.ask('POST', '/token', ada)
      const { id = '' } = (await door.deps.store[`${kind}s`].findByEmail(ada.email)) ?? {}
      await door.deps.store[`${kind}s`].setState(id, 'suspended')
      const answer = await door.ask('POST', '/token', ada)
      expect(withoutTrace(answer)).toEqual(
        withoutTrace(await door.ask('POST', '/token', { ...ada, password: 'wrong horse' })),
      )
      expect(
        (await door.ask('GET', '/account', undefined, { bearer: (json as { token: string }).token })).status,
      ).toBe(401)
    })

    test('request_malformed, content_type_unsupported: what is no such form is refused', async () => {
      expect((await door.ask('POST', '/token', { email: ada.email })).status).toBe(400)
      const text = await door.ask('POST', '/token', ada, { headers: { 'content-type': 'text/plain' } })
      expect(text.status).toBe(415)
    })

    test('the session a browser held before a sign-in ends with it', async () => {
      const first = await signIn(door)
      const second = await door.ask('POST', '/token', ada, { cookie: first })
      expect(second.cookies[0]?.value).not.toBe(first)
      expect((await door.ask('GET', '/account', undefined, { bearer: first })).status).toBe(401)
    })

    test('a cookie planted before the sign-in is not the session after it', async () => {
      const planted = 'A'.repeat(43)
      const { cookies } = await door.ask('POST', '/token', ada, { cookie: planted })
      expect(cookies[0]?.value).not.toBe(planted)
      expect((await door.ask('GET', '/account', undefined, { cookie: planted })).status).toBe(401)
    })

    test('origin_foreign: a page of another origin can sign nobody in', async () => {
      for (const headers of [
        { origin: 'https://evil.example' },
        { 'sec-fetch-site': 'cross-site' },
        { 'sec-fetch-site': 'same-site' },
      ]) {
        const answer = await door.ask('POST', '/token', ada, { headers })
        expect([answer.status, answer.cookies]).toEqual([403, []])
      }
    })
  })
})

async function signIn(door: AccountDoor): Promise<string> {
  return ((await door.ask('POST', '/token', ada)).json as { token: string }).token
}

const withoutTrace = ({ status, body }: { status: number; body: string }) => [
  status,
  body.replace(/"trace_id":"[0-9a-f]{32}"/, ''),
]
