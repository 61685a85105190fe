import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import type { MailToken } from '../../../domain/mail-token.ts'
import { sessionId } from '../../../domain/session.ts'
import type { Store } from '../../store.ts'
import { anAccount, aProject, aSession, aToken, now, password_hash } from '../scene.ts'

export function accountPromises(store: () => Store): void {
  test('an account is found as it was added, by id and by address', async () => {
    const account = anAccount()
    expect(await store().users.add(account)).toBe(true)
    expect(await store().users.find(account.id)).toStrictEqual(account)
    expect(await store().users.findByEmail(account.email)).toStrictEqual(account)
    expect(await store().users.find(randomUUID())).toBeUndefined()
    expect(await store().users.findByEmail('nobody@example.com')).toBeUndefined()
  })

  test('developers and users never meet: one address may be both', async () => {
    const account = anAccount()
    expect(await store().developers.add(account)).toBe(true)
    expect(await store().users.findByEmail(account.email)).toBeUndefined()
    expect(await store().users.add(account)).toBe(true)
  })

  test('an address is free again only when its account is deleted', async () => {
    const account = anAccount()
    const next = anAccount({ email: account.email })
    await store().developers.add(account)
    for (const state of ['unverified', 'active', 'suspended'] as const) {
      await store().developers.setState(account.id, state)
      expect(await store().developers.add(next)).toBe(false)
    }
    await store().developers.setState(account.id, 'deleted')
    expect(await store().developers.findByEmail(account.email)).toBeUndefined()
    expect(await store().developers.find(account.id)).toMatchObject({ state: 'deleted' })
    expect(await store().developers.add(next)).toBe(true)
    expect(await store().developers.findByEmail(account.email)).toStrictEqual(next)
  })

  test('a new name is the only thing that renaming changes', async () => {
    const account = anAccount()
    await store().users.add(account)
    await store().users.rename(account.id, 'Ada Byron')
    expect(await store().users.find(account.id)).toStrictEqual({ ...account, full_name: 'Ada Byron' })
  })

  test('a new password ends the sessions and reset tokens of that account alone', async () => {
    const account = anAccount()
    const other = anAccount()
    await store().developers.add(account)
    await store().developers.add(other)
    await store().users.add({ ...other, id: account.id })
    const sessions = [
      aSession(account.id),
      aSession(account.id),
      aSession(other.id),
      aSession(account.id, { kind: 'user' }),
    ]
    for (const session of sessions) await store().sessions.add(session, password_hash)
    const reset = aMailToken(account.id, 'reset_password')
    const verify = aMailToken(account.id, 'verify_email')
    for (const token of [reset, verify]) await store().mailTokens.add(token)

    await store().developers.setPassword(account.id, 'new')

    expect(await store().developers.find(account.id)).toMatchObject({ password_hash: 'new' })
    const alive = await Promise.all(
      sessions.map(({ token_hash, kind }) => store().sessions.find(token_hash, kind, now)),
    )
    expect(alive.map((found) => found !== undefined)).toEqual([false, false, true, true])
    expect(
      await store().mailTokens.find(reset.token_hash, 'reset_password', 'developer', now),
    ).toBeUndefined()
    expect(await store().mailTokens.find(verify.token_hash, 'verify_email', 'developer', now)).toStrictEqual(
      verify,
    )
  })

  test('a session is found with its account until it expires, is ended, or the account is not active', async () => {
    const account = anAccount()
    await store().developers.add(account)
    const session = aSession(account.id)
    expect(await store().sessions.add(session, password_hash)).toBe(true)
    const find = (at: number) => store().sessions.find(session.token_hash, 'developer', at)

    expect(await find(now)).toStrictEqual({ session, account })
    expect(await find(session.expires_at)).toBeUndefined()
    await store().sessions.extend(session.token_hash, session.expires_at + 100)
    expect(await find(session.expires_at)).toMatchObject({
      session: { expires_at: session.expires_at + 100 },
    })

    await store().developers.setState(account.id, 'suspended')
    expect(await find(now)).toBeUndefined()
    await store().developers.setState(account.id, 'active')
    await store().sessions.end(session.token_hash)
    expect(await find(now)).toBeUndefined()
  })

  test('sessions are listed newest first: those of one account and kind that are not over', async () => {
    const { account, young, old } = await threeAccounts(store())
    await store().sessions.add(aSession(account.id, { expires_at: now + 5 }), password_hash)
    expect(await store().sessions.list('developer', account.id, now + 5)).toStrictEqual([young, old])
    expect(await store().sessions.list('developer', randomUUID(), now)).toEqual([])
    await store().sessions.extend(old.token_hash, now + 9_000)
    expect(await store().sessions.list('developer', account.id, now + 8_000)).toStrictEqual([
      { ...old, expires_at: now + 9_000 },
    ])
  })

  test('one session is ended by its id, for its own account and kind alone', async () => {
    const { account, other, young, old } = await threeAccounts(store())
    const id = sessionId(young)
    for (const wrong of [id.slice(1), `${id}x`, young.token_hash, '', '%', '________________', '\0'])
      expect(await store().sessions.endOne('developer', account.id, wrong)).toBe(false)
    expect(await store().sessions.endOne('developer', other.id, id)).toBe(false)
    expect(await store().sessions.endOne('user', account.id, id)).toBe(false)
    expect(await store().sessions.list('developer', account.id, now)).toHaveLength(2)

    expect(await store().sessions.endOne('developer', account.id, id)).toBe(true)
    expect(await store().sessions.endOne('developer', account.id, id)).toBe(false)
    expect(await store().sessions.find(young.token_hash, 'developer', now)).toBeUndefined()
    expect(await store().sessions.list('developer', account.id, now)).toStrictEqual([old])
  })

  test('all sessions of an account are ended at once, and nobody else loses one', async () => {
    const { account, other } = await threeAccounts(store())
    expect(await store().sessions.endAll('developer', account.id)).toBe(2)
    expect(await store().sessions.endAll('developer', account.id)).toBe(0)
    expect(await store().sessions.list('developer', account.id, now)).toEqual([])
    expect(await store().sessions.list('user', account.id, now)).toHaveLength(1)
    expect(await store().sessions.list('developer', other.id, now)).toHaveLength(1)
  })

  test('a session of one kind opens no door of the other', async () => {
    const account = anAccount()
    await store().developers.add(account)
    await store().users.add(account)
    const session = aSession(account.id)
    await store().sessions.add(session, password_hash)
    expect(await store().sessions.find(session.token_hash, 'user', now)).toBeUndefined()
    await store().users.setPassword(account.id, 'new')
    expect(await store().sessions.find(session.token_hash, 'developer', now)).toBeDefined()
  })

  test('a session is added for the password that the account has, and for no other', async () => {
    const account = anAccount()
    await store().developers.add(account)
    await store().users.add({ ...account, password_hash: 'of the user' })
    const session = aSession(account.id)
    expect(await store().sessions.add(session, 'of the user')).toBe(false)
    await store().developers.setPassword(account.id, 'new')
    expect(await store().sessions.add(session, password_hash)).toBe(false)
    expect(await store().sessions.find(session.token_hash, 'developer', now)).toBeUndefined()
    expect(await store().sessions.add(session, 'new')).toBe(true)
    expect(await store().sessions.add(aSession(randomUUID()), password_hash)).toBe(false)
  })

  test('a mailed token is taken once, in time, for its purpose and kind', async () => {
    const token = aMailToken(randomUUID(), 'reset_password')
    const { token_hash, expires_at } = token
    await store().mailTokens.add(token)
    expect(await store().mailTokens.take(token_hash, 'verify_email', 'developer', now)).toBeUndefined()
    expect(await store().mailTokens.take(token_hash, 'reset_password', 'user', now)).toBeUndefined()
    expect(
      await store().mailTokens.take(token_hash, 'reset_password', 'developer', expires_at),
    ).toBeUndefined()
    expect(await store().mailTokens.take(token_hash, 'reset_password', 'developer', now)).toStrictEqual(token)
    expect(await store().mailTokens.take(token_hash, 'reset_password', 'developer', now)).toBeUndefined()
  })

  test('projects of a user are listed oldest first', async () => {
    const user = anAccount()
    await store().users.add(user)
    const young = aProject(user.id, { created_at: now + 5 })
    const old = aProject(user.id)
    await store().projects.add(young)
    await store().projects.add(old)
    expect(await store().projects.list(user.id)).toStrictEqual([old, young])
    expect(await store().projects.find(young.id)).toStrictEqual(young)
    expect(await store().projects.find(randomUUID())).toBeUndefined()
  })
}

/** A developer with two sessions, a user with the same id and one, another developer with one. */
async function threeAccounts(store: Store) {
  const [account, other] = [anAccount(), anAccount()]
  for (const one of [account, other]) await store.developers.add(one)
  await store.users.add(account)
  const [old, young] = [aSession(account.id), aSession(account.id, { created_at: now + 1 })]
  for (const session of [old, young, aSession(account.id, { kind: 'user' }), aSession(other.id)])
    await store.sessions.add(session, password_hash)
  return { account, other, old, young }
}

const aMailToken = (account_id: string, purpose: MailToken['purpose']): MailToken => ({
  token_hash: aToken(),
  kind: 'developer',
  purpose,
  account_id,
  expires_at: now + 600,
})
