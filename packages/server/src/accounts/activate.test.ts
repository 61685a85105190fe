import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { cookieNames } from '../http/sessions.ts'
import { type AccountDoor, type Asked, aPassword, openDoor } from '../testing/account-door.ts'

const ada = { email: 'ada@example.com', password: aPassword, fullName: 'Ada' }

describe.each(['developer', 'user'] as const)('a server that verifies addresses (%s)', (kind) => {
  let door: AccountDoor
  beforeEach(async () => {
    door = await openDoor(kind, { settings: { verified_mail: true } })
  })
  afterEach(() => door.close())

  const activate = (form: object, how?: Asked) => door.ask('PATCH', '/code-activation', form, how)
  async function register(form: object = ada): Promise<{ signupId: string; code: string }> {
    const before = door.deps.mails.length
    const answer = await door.ask('POST', '/register', form)
    expect(answer.status).toBe(200)
    await door.deps.background.flush()
    expect(door.deps.mails.length).toBeGreaterThan(before)
    const code = /^\d{6}$/m.exec(door.deps.mails.at(-1)?.text ?? '')?.[0] ?? 'no code'
    return { signupId: (answer.json as { signupId: string }).signupId, code }
  }

  test('mails a code that, with the answer to the registration, activates and signs in', async () => {
    const { signupId, code } = await register()
    expect((await door.ask('POST', '/token', ada)).status).toBe(401)
    const answer = await activate({ email: 'ADA@example.com', code, signupId })
    expect(answer.status).toBe(200)
    const { token } = answer.json as { token: string }
    expect(answer.json).toEqual({ token: expect.any(String), expiresAt: '2026-03-01T12:30:00Z' })
    expect(answer.cookies).toMatchObject([
      { name: cookieNames[kind], value: token, httpOnly: true, secure: true, sameSite: 'Lax' },
    ])
    expect((await door.ask('GET', '/account', undefined, { bearer: token })).json).toMatchObject({
      pendingVerification: false,
    })
    expect((await door.ask('POST', '/token', ada)).status).toBe(200)
    const { id = '' } = (await door.deps.store[`${kind}s`].findByEmail(ada.email)) ?? {}
    expect(await door.deps.store.projects.list(id)).toHaveLength(kind === 'user' ? 1 : 0)
  })

  test('an account that its owner opens while somebody else registers the address is not replaced', async () => {
    const accounts = door.deps.store[`${kind}s`]
    const { signupId, code } = await register()
    const { findByEmail } = accounts
    const reading = vi.spyOn(accounts, 'findByEmail').mockImplementationOnce(async (email) => {
      const found = await findByEmail(email)
      expect((await activate({ email: ada.email, code, signupId })).status).toBe(200)
      return found
    })
    const others = { ...ada, password: 'the password of a stranger' }
    expect((await door.ask('POST', '/register', others, { from: '203.0.113.9' })).status).toBe(200)
    await door.deps.background.flush()
    expect(reading).toHaveBeenCalled()
    expect((await door.ask('POST', '/token', ada)).status).toBe(200)
    expect((await door.ask('POST', '/token', others)).status).toBe(401)
  })

  test('mail_token_invalid: the code works once, for a day, for its address and registration alone', async () => {
    const { signupId, code } = await register()
    const other = await register({ ...ada, email: 'eve@example.com' })
    const wrong = code === '000000' ? '000001' : '000000'
    for (const form of [
      { email: ada.email, code: wrong, signupId },
      { email: ada.email, code, signupId: other.signupId },
      { email: 'eve@example.com', code, signupId },
      { email: 'nobody@example.com', code, signupId },
    ]) {
      const answer = await activate(form)
      expect([answer.status, answer.cookies]).toEqual([401, []])
      expect(answer.json).toMatchObject({ error: 'unauthorized' })
    }
    const both = await Promise.all([
      activate({ email: ada.email, code, signupId }),
      activate({ email: ada.email, code, signupId }),
    ])
    expect(both.map(({ status }) => status).toSorted()).toEqual([200, 401])

    door.deps.clock.advance(24 * 3600)
    expect(
      (await activate({ email: 'eve@example.com', code: other.code, signupId: other.signupId })).status,
    ).toBe(401)
  })

  test('five wrong codes use up a registration, also with rate limits off', async () => {
    await door.close()
    door = await openDoor(kind, { settings: { verified_mail: true, rate_limits: false } })
    const { signupId, code } = await register()
    const wrong = code === '000000' ? '000001' : '000000'
    for (let i = 0; i < 5; i++) await activate({ email: ada.email, code: wrong, signupId })
    expect((await activate({ email: ada.email, code, signupId })).status).toBe(401)
    const again = await register()
    expect((await activate({ email: ada.email, ...again })).status).toBe(200)
  })

  test('somebody else who registers my address first or last gets no account with their password', async () => {
    const theirs = { ...ada, password: 'chosen by somebody else' }
    const before = await register(theirs)
    const mine = await register()
    expect((await activate({ email: ada.email, ...before })).status).toBe(401)
    const after = await register(theirs)
    expect((await activate({ email: ada.email, ...mine })).status).toBe(401)
    expect((await activate({ email: ada.email, code: after.code, signupId: mine.signupId })).status).toBe(401)
    expect((await door.ask('POST', '/token', theirs)).status).toBe(401)
  })

  test('a taken address answers like a free one; its owner learns it by mail', async () => {
    const { signupId, code } = await register()
    await activate({ email: ada.email, code, signupId })
    const free = await door.ask('POST', '/register', { ...ada, email: 'new@example.com' })
    const before = door.deps.mails.length
    const taken = await door.ask('POST', '/register', { ...ada, password: 'chosen by somebody else' })
    const shape = ({ status, json }: typeof taken) => [
      status,
      Object.keys(json as object),
      (json as { signupId: string }).signupId.length,
    ]
    expect(shape(taken)).toEqual(shape(free))
    await door.deps.background.flush()
    expect(door.deps.mails.slice(before).map(({ subject }) => subject)).toContain(
      'You have a Valetkey account already',
    )
    expect((await door.ask('POST', '/token', ada)).status).toBe(200)
  })

  test('of five who register one address at once, at most one gets a code, and that one works', async () => {
    const answers = await Promise.all(Array.from({ length: 5 }, () => door.ask('POST', '/register', ada)))
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200])
    await door.deps.background.flush()
    expect(door.deps.mails.length).toBeGreaterThan(0)
    const codes = door.deps.mails.map(({ text }) => /^\d{6}$/m.exec(text)?.[0])
    const signupIds = answers.map(({ json }) => (json as { signupId: string }).signupId)
    const statuses: number[] = []
    for (const code of codes) {
      for (const signupId of signupIds)
        statuses.push((await activate({ email: ada.email, code, signupId })).status)
    }
    expect(statuses.filter((status) => status === 200)).toHaveLength(1)
  })

  test('rate_limited: an address gets five codes an hour', async () => {
    for (let i = 0; i < 5; i++) await register()
    expect((await door.ask('POST', '/register', ada)).status).toBe(429)
    expect((await door.ask('POST', '/register', { ...ada, email: 'new@example.com' })).status).toBe(200)
  })

  test('its mails lead to the sign-in page of their door, and to no other address', async () => {
    await activate({ email: ada.email, ...(await register()) })
    await register()
    const page = `https://valetkey.test${kind === 'developer' ? '/console' : ''}/sign-in`
    expect(door.deps.mails.map(({ subject }) => subject)).toEqual([
      'Your Valetkey activation code',
      'You have a Valetkey account already',
    ])
    for (const { text } of door.deps.mails) expect(text.match(/https?:\S+/g)).toEqual([page])
  })

  test('a reset by mail proves the address as well', async () => {
    await register()
    await door.ask('POST', '/forgot-password', { email: ada.email })
    await door.deps.background.flush()
    expect(door.deps.mails).toHaveLength(2)
    const token = /#token=([A-Za-z0-9_-]{43})$/m.exec(door.deps.mails[1]?.text ?? '')?.[1]
    await door.ask('POST', '/reset-password-with-token', { token, newPassword: 'another horse' })
    const signedIn = await door.ask('POST', '/token', { ...ada, password: 'another horse' })
    expect(signedIn.status).toBe(200)
  })
})

test('mail_token_invalid, rate_limited: elsewhere there is nothing to activate, and not for long', async () => {
  const door = await openDoor('developer')
  await door.ask('POST', '/register', ada)
  const form = { email: ada.email, code: '123456', signupId: 'any' }
  for (let i = 0; i < 100; i++) expect((await door.ask('PATCH', '/code-activation', form)).status).toBe(401)
  expect((await door.ask('PATCH', '/code-activation', form)).status).toBe(429)
  await door.close()
})
