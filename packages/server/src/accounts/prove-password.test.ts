import { afterEach, beforeEach, expect, test } from 'vitest'
import { type AccountDoor, aPassword, openDoor } from '../testing/account-door.ts'

const home = '198.51.100.7'
const elsewhere = '203.0.113.9'

let door: AccountDoor
let bearer: string
beforeEach(async () => {
  door = await openDoor('user')
  bearer = await door.enter('ada@example.com')
})
afterEach(() => door.close())

const change = async (password: string, from = home) => {
  const form = { password, newPassword: 'another horse battery' }
  return (await door.ask('POST', '/account/change-password', form, { bearer, from })).status
}
const signIn = async (password: string, from = home) =>
  (await door.ask('POST', '/token', { email: 'ada@example.com', password }, { from })).status
const thrice = async (ask: () => Promise<number>, status: number) => {
  for (let tries = 0; tries < 3; tries++) expect(await ask()).toBe(status)
}

test('after three wrong passwords in a session even the right one waits, there and at the door', async () => {
  await thrice(() => change('wrong horse battery'), 400)
  expect(await change(aPassword)).toBe(400)
  expect(await signIn(aPassword)).toBe(401)
  expect(await signIn(aPassword, elsewhere)).toBe(200)
  door.deps.clock.advance(120)
  expect(await change(aPassword)).toBe(200)
})

test('after three wrong passwords at the door even the right one waits in a session', async () => {
  await thrice(() => signIn('wrong horse battery'), 401)
  expect(await change(aPassword)).toBe(400)
  expect(await change(aPassword, elsewhere)).toBe(200)
})

test('the right one takes back what was held against the network', async () => {
  for (const password of ['wrong horse battery', 'wrong horse battery', aPassword])
    expect(await change(password)).toBe(password === aPassword ? 200 : 400)
  await thrice(() => signIn('wrong horse battery'), 401)
  door.deps.clock.advance(120)
  expect(await signIn('another horse battery')).toBe(200)
})
