import { afterEach, beforeEach, expect, test } from 'vitest'
import { type AccountDoor, openDoor } from '../testing/account-door.ts'

let door: AccountDoor
beforeEach(async () => {
  door = await openDoor('developer')
})
afterEach(() => door.close())

test('a developer account lives at the addresses of the StorX contract', async () => {
  const form = {
    name: 'Grace Hopper',
    email: 'grace@example.com',
    password: 'correct horse battery',
    companyName: 'COBOL Ltd',
  }
  expect((await door.ask('POST', 'api/v0/developer/auth/register', form)).status).toBe(200)
  const signedIn = await door.ask('POST', 'api/v0/developer/auth/token', form)
  const { token } = signedIn.json as { token: string }
  expect(signedIn.cookies.map(({ name }) => name)).toEqual(['_developer_tokenKey'])
  const account = await door.ask('GET', 'api/v0/developer/auth/account', undefined, {
    headers: { cookie: `_developer_tokenKey=${token}` },
  })
  expect(account.json).toMatchObject({ fullName: 'Grace Hopper', companyName: 'COBOL Ltd', status: 1 })
})

test('a developer has no projects', async () => {
  const token = await door.enter()
  expect((await door.ask('GET', 'api/v0/projects', undefined, { bearer: token })).status).toBe(401)
})

test('another method is told which ones there are', async () => {
  const answer = await door.ask('GET', '/token')
  expect([answer.status, answer.headers.allow]).toEqual([405, 'POST'])
})

test('no password, token, code or address reaches the log or an error', async () => {
  const canary = 'canary-password-4711'
  const email = 'canary-address@example.com'
  const form = { email, password: canary, fullName: 'Ada' }
  await door.ask('POST', '/register', form)
  const { json } = await door.ask('POST', '/token', form)
  const { token } = json as { token: string }
  await door.ask('POST', '/forgot-password', { email })
  await expect.poll(() => door.deps.mails).toHaveLength(1)
  const mailed = /#token=([A-Za-z0-9_-]{43})$/m.exec(door.deps.mails[0]?.text ?? '')?.[1] ?? ''
  expect(mailed).not.toBe('')
  const answers = [
    await door.ask('POST', '/register', form),
    await door.ask('POST', '/register', { ...form, password: [canary] }),
    await door.ask('POST', '/token', { ...form, password: `${canary}x` }),
    await door.ask('POST', '/token', { ...form, email: { [email]: canary } }),
    await door.ask(
      'POST',
      '/account/change-password',
      { password: `${canary}x`, newPassword: canary },
      { bearer: token },
    ),
    await door.ask('GET', `/verify-reset-token?token=${mailed}x`),
    await door.ask('POST', '/reset-password-with-token', { token: mailed, newPassword: canary }),
    await door.ask('GET', `/nothing-here?token=${mailed}&password=${canary}`),
    await door.ask('POST', '/logout', {}, { bearer: `${token}x` }),
  ]
  expect(answers.map(({ status }) => status >= 400)).toEqual(answers.map(() => true))
  expect(door.deps.logLines.length).toBeGreaterThanOrEqual(12)
  const written = [...door.deps.logLines, ...answers.map(({ body }) => body)].join('\n')
  for (const secret of [canary, email, token, mailed]) {
    for (const form of [
      secret,
      btoa(secret).replaceAll('=', ''),
      Buffer.from(secret).toString('hex'),
      encodeURIComponent(secret),
    ]) {
      expect(written).not.toContain(form)
    }
  }
})

test('the database holds neither the password nor a token', async () => {
  const token = await door.enter()
  const account = await door.deps.store.developers.findByEmail('ada@example.com')
  expect(account?.password_hash).toMatch(/^\$argon2id\$/)
  const now = door.deps.clock.now()
  expect(await door.deps.store.sessions.find(token, 'developer', now)).toBeUndefined()
})
