import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type AccountDoor, aPassword, openDoor, prefixes } from '../testing/account-door.ts'

const ada = { email: 'ada@example.com', password: aPassword }
const newPassword = 'another horse'

describe.each(['developer', 'user'] as const)('a forgotten %s password', (kind) => {
  let door: AccountDoor
  beforeEach(async () => {
    door = await openDoor(kind)
    await door.ask('POST', '/register', { ...ada, fullName: 'Ada' })
  })
  afterEach(() => door.close())

  const pages = `https://valetkey.test${kind === 'developer' ? '/console' : ''}`
  const forgot = (email = ada.email) => door.ask('POST', '/forgot-password', { email })
  const reset = (token: string, password = newPassword) =>
    door.ask('POST', '/reset-password-with-token', { token, newPassword: password })
  const signIn = async (password: string) => (await door.ask('POST', '/token', { ...ada, password })).status
  async function mailedToken(): Promise<string> {
    const before = door.deps.mails.length
    await forgot()
    await door.deps.background.flush()
    expect(door.deps.mails.length).toBeGreaterThan(before)
    return /#token=([A-Za-z0-9_-]{43})$/m.exec(door.deps.mails.at(-1)?.text ?? '')?.[1] ?? 'no token'
  }

  test('is replaced with a mailed token: verified, used, all sessions ended', async () => {
    const { json } = await door.ask('POST', '/token', ada)
    const token = await mailedToken()
    const mail = door.deps.mails[0]
    expect(mail?.to).toBe(ada.email)
    expect(mail?.text).toContain(`POST ${prefixes[kind]}/reset-password-with-token`)
    expect(mail?.text.split('\n')).toContain(`${pages}/reset-password#token=${token}`)
    expect(mail?.text.split(token)).toHaveLength(2)

    const verified = await door.ask('GET', `/verify-reset-token?token=${token}`)
    expect(verified.json).toEqual({ email: ada.email, fullName: 'Ada', valid: true })
    const answer = await reset(token)
    expect([answer.status, answer.json]).toEqual([200, { success: true }])
    expect(
      (await door.ask('GET', '/account', undefined, { bearer: (json as { token: string }).token })).status,
    ).toBe(401)
    expect(await signIn(aPassword)).toBe(401)
    expect(await signIn(newPassword)).toBe(200)
    await door.deps.background.flush()
    expect(door.deps.mails.at(-1)).toMatchObject({
      subject: 'Your Valetkey password was changed',
      text: expect.stringContaining(`${pages}/sign-in\n`),
    })
  })

  test('the token works once, also when it is used twice at the same time', async () => {
    const token = await mailedToken()
    const answers = await Promise.all([reset(token, 'first password'), reset(token, 'second password')])
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 401])
    const late = await reset(token, 'third password')
    expect([late.status, late.json]).toEqual([401, expect.objectContaining({ error: 'unauthorized' })])
    expect((await door.ask('GET', `/verify-reset-token?token=${token}`)).status).toBe(401)
  })

  test('mail_token_invalid: it works for a day', async () => {
    const token = await mailedToken()
    door.deps.clock.advance(24 * 3600 - 1)
    expect((await door.ask('GET', `/verify-reset-token?token=${token}`)).status).toBe(200)
    door.deps.clock.advance(1)
    expect((await door.ask('GET', `/verify-reset-token?token=${token}`)).status).toBe(401)
    expect((await reset(token)).status).toBe(401)
    expect(await signIn(aPassword)).toBe(200)
  })

  test('mail_token_invalid: neither a guess, nor what the database holds, nor the other door opens anything', async () => {
    const token = await mailedToken()
    const stored = await door.deps.store.mailTokens.find(token, 'reset_password', kind, door.deps.clock.now())
    expect(stored).toBeUndefined()
    expect((await reset('A'.repeat(43))).status).toBe(401)
    const other = kind === 'developer' ? 'api/v0/auth' : 'api/v0/developer/auth'
    expect(
      (await door.ask('POST', `${other}/reset-password-with-token`, { token, newPassword })).status,
    ).toBe(401)
    expect((await reset(token)).status).toBe(200)
  })

  test('a new password ends the tokens that are still out', async () => {
    const [first, second] = [await mailedToken(), await mailedToken()]
    expect((await reset(second)).status).toBe(200)
    expect((await reset(first, 'yet another horse')).status).toBe(401)
  })

  test.each([
    ['too short', 'short', 'A password has 8 to 64 characters.'],
    ['too long', 'x'.repeat(65), 'A password has 8 to 64 characters.'],
    ['the old one', aPassword, 'Choose one that you do not have now.'],
  ])(
    'password_unfit: a new password that is %s is refused and costs nobody the link',
    async (_what, password, error_description) => {
      const token = await mailedToken()
      const answer = await reset(token, password)
      expect(answer.status).toBe(400)
      expect(answer.json).toMatchObject({ error_description })
      expect((await reset(token)).status).toBe(200)
    },
  )

  test('request_malformed: verify-reset-token without a token', async () => {
    expect((await door.ask('GET', '/verify-reset-token')).status).toBe(400)
    expect((await door.ask('GET', '/verify-reset-token?token=')).status).toBe(400)
  })

  test('asking for it answers the same whatever the address, and mails only who has an account', async () => {
    const { id = '' } = (await door.deps.store[`${kind}s`].findByEmail(ada.email)) ?? {}
    const answers = [await forgot(), await forgot('nobody@example.com'), await forgot('no address')]
    await door.deps.background.flush()
    expect(door.deps.mails).toHaveLength(1)
    await door.deps.store[`${kind}s`].setState(id, 'suspended')
    answers.push(await forgot())
    expect(answers.map(({ status, body }) => [status, body])).toEqual(
      Array.from({ length: 4 }, () => [200, '']),
    )
    await door.deps.background.flush()
    expect(door.deps.mails.map(({ to }) => to)).toEqual([ada.email])
  })

  test('a disabled account stays closed, even with a token mailed before', async () => {
    const token = await mailedToken()
    const { id = '' } = (await door.deps.store[`${kind}s`].findByEmail(ada.email)) ?? {}
    await door.deps.store[`${kind}s`].setState(id, 'suspended')
    expect((await reset(token)).status).toBe(401)
  })

  test('an address gets five mails an hour, and nobody sees where they stop', async () => {
    const answers = [
      await forgot(),
      await forgot(),
      await forgot(),
      await forgot(),
      await forgot(),
      await forgot(),
    ]
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, 200])
    await door.deps.background.flush()
    expect(door.deps.mails).toHaveLength(5)
    door.deps.clock.advance(3600)
    await mailedToken()
    expect(door.deps.mails).toHaveLength(6)
  })

  test('rate_limited: one network cannot send mails without end', async () => {
    for (let i = 0; i < 100; i++) expect((await forgot(`nobody${i}@example.com`)).status).toBe(200)
    expect((await forgot()).status).toBe(429)
    expect(
      (await door.ask('POST', '/forgot-password', { email: ada.email }, { from: '198.51.100.1' })).status,
    ).toBe(200)
  })

  test('a forged Host changes no link', async () => {
    const headers = { host: 'evil.example', 'x-forwarded-host': 'evil.example' }
    await door.ask('POST', '/forgot-password', { email: ada.email }, { headers })
    await door.deps.background.flush()
    expect(door.deps.mails).toHaveLength(1)
    expect(door.deps.mails[0]?.text).not.toContain('evil')
  })

  test('it opens a door locked by failures', async () => {
    for (let i = 0; i < 3; i++) await signIn('wrong horse battery')
    expect(await signIn(aPassword)).toBe(401)
    await reset(await mailedToken())
    expect(await signIn(newPassword)).toBe(200)
  })
})

test('a mail that cannot be sent is logged without its address, and the answer is the same', async () => {
  const mailer = {
    send: async () => {
      throw Object.assign(new Error('550 ada@example.com unknown'), { code: 'EENVELOPE' })
    },
  }
  const door = await openDoor('user', { mailer })
  await door.ask('POST', '/register', ada)
  const answer = await door.ask('POST', '/forgot-password', { email: ada.email })
  expect([answer.status, answer.body]).toEqual([200, ''])
  await door.deps.background.flush()
  expect(door.deps.logLines.join('')).toContain('mail_failed')
  expect(door.deps.logLines.join('')).toContain('EENVELOPE')
  expect(door.deps.logLines.join('')).not.toContain('ada@')
  await door.close()
})
