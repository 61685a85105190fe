import { afterEach, beforeEach, expect, test } from 'vitest'
import { type AccountDoor, aPassword, openDoor } from '../testing/account-door.ts'

const right = { email: 'ada@example.com', password: aPassword }
const wrong = { ...right, password: 'wrong horse battery' }
const home = '198.51.100.7'
const stranger = '203.0.113.9'

let door: AccountDoor
beforeEach(async () => {
  door = await openDoor('developer')
  await door.ask('POST', '/register', right)
})
afterEach(() => door.close())

const statusOf = async (form: object, from: string) =>
  (await door.ask('POST', '/token', form, { from })).status
const fail = async (times: number, from: string) => {
  for (let i = 0; i < times; i++) expect(await statusOf(wrong, from)).toBe(401)
}

test('three failures lock for two minutes: even the right password gets the answer of a wrong one', async () => {
  await fail(2, home)
  const third = await door.ask('POST', '/token', wrong, { from: home })
  const locked = await door.ask('POST', '/token', right, { from: home })
  expect(strip(locked.body)).toBe(strip(third.body))
  expect(locked.headers['retry-after']).toBeUndefined()
  door.deps.clock.advance(119)
  expect(await statusOf(right, home)).toBe(401)
  door.deps.clock.advance(1)
  expect(await statusOf(right, home)).toBe(200)
})

test('each further failure locks twice as long, up to an hour', async () => {
  await fail(3, home)
  for (const seconds of [120, 240, 480, 960, 1920, 3600, 3600]) {
    door.deps.clock.advance(seconds - 1)
    expect(await statusOf(right, home)).toBe(401)
    door.deps.clock.advance(1)
    await fail(1, home)
  }
  door.deps.clock.advance(3600)
  expect(await statusOf(right, home)).toBe(200)
})

test('what is tried while the door is locked does not keep it locked', async () => {
  await fail(3, home)
  await fail(20, home)
  door.deps.clock.advance(120)
  expect(await statusOf(right, home)).toBe(200)
})

test('a success clears the record', async () => {
  await fail(2, home)
  expect(await statusOf(right, home)).toBe(200)
  await fail(2, home)
  expect(await statusOf(right, home)).toBe(200)
})

test('a stranger cannot lock the owner out', async () => {
  await fail(10, stranger)
  expect(await statusOf(right, stranger)).toBe(401)
  expect(await statusOf(right, home)).toBe(200)
})

test('one subscriber with many IPv6 addresses is one network', async () => {
  for (const from of ['2001:db8:1:2::1', '2001:db8:1:2::2', '2001:db8:1:2::3']) await fail(1, from)
  expect(await statusOf(right, '2001:db8:1:2:ffff::4')).toBe(401)
  expect(await statusOf(right, '2001:db8:1:3::1')).toBe(200)
})

test('guesses sent all at once gain nothing over guesses one by one', async () => {
  const guesses = Array.from({ length: 30 }, (_, i) => (i < 10 ? wrong : right))
  const statuses = await Promise.all(guesses.map((form) => statusOf(form, stranger)))
  expect(statuses.filter((status) => status === 401)).toHaveLength(30)
})

test('an address nobody has locks in the same way, so that the lock tells nothing', async () => {
  const nobody = { email: 'nobody@example.com', password: aPassword }
  const forNobody: string[] = []
  const forAda: string[] = []
  for (let i = 0; i < 5; i++) {
    forNobody.push(strip((await door.ask('POST', '/token', nobody, { from: home })).body))
    forAda.push(strip((await door.ask('POST', '/token', wrong, { from: home })).body))
  }
  expect(forNobody).toEqual(forAda)
})

test('developer and user of one address are locked apart', async () => {
  await door.ask('POST', 'api/v0/auth/register', right, { from: home })
  await fail(3, home)
  expect((await door.ask('POST', 'api/v0/auth/token', right, { from: home })).status).toBe(200)
})

test('rate_limited: one network has a generous share of sign-ins, and Retry-After says when there are more', async () => {
  const passwords = { hash: async () => 'hash', verify: async () => false }
  const busy = await openDoor('developer', { passwords })
  const ask = (i: number, from: string) =>
    busy.ask('POST', '/token', { email: `u${i}@example.com`, password: 'any' }, { from })
  for (let i = 0; i < 300; i++) expect((await ask(i, stranger)).status).toBe(401)
  const full = await ask(300, stranger)
  expect(full.status).toBe(429)
  expect(full.json).toMatchObject({ error: 'temporarily_unavailable' })
  expect(full.headers['retry-after']).toBe('300')
  expect((await ask(301, home)).status).toBe(401)
  busy.deps.clock.advance(300)
  expect((await ask(302, stranger)).status).toBe(401)
  await busy.close()
})

test('rate_limits=off locks nobody', async () => {
  const open = await openDoor('developer', { settings: { rate_limits: false } })
  await open.ask('POST', '/register', right)
  for (let i = 0; i < 5; i++) expect((await open.ask('POST', '/token', wrong)).status).toBe(401)
  expect((await open.ask('POST', '/token', right)).status).toBe(200)
  await open.close()
})

const strip = (body: string): string => body.replace(/"trace_id":"[0-9a-f]{32}"/, '')
