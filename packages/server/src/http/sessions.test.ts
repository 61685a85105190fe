import fastifyCookie from '@fastify/cookie'
import Fastify, { type FastifyInstance, type InjectOptions } from 'fastify'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { AccountKind } from '../domain/account.ts'
import { Refusal } from '../refusals.ts'
import { type Person, signedInPerson } from '../testing/people.ts'
import { type TestDeps, testDeps } from '../testing/test-deps.ts'
import { cookieNames, whoIsHere } from './sessions.ts'

let app: FastifyInstance
let deps: TestDeps
let people: Record<AccountKind, Person>
beforeAll(async () => {
  deps = await testDeps()
  people = { developer: await signedInPerson(deps, 'developer'), user: await signedInPerson(deps, 'user') }
  app = Fastify()
  await app.register(fastifyCookie)
  app.setErrorHandler((error) => ({ refused: error instanceof Refusal ? error.reason : String(error) }))
  for (const kind of ['developer', 'user'] as const)
    app.all(`/${kind}`, async (request) => {
      const found = await whoIsHere(deps, request, kind)
      return { is: found?.account.id ?? 'nobody' }
    })
})
afterAll(async () => {
  await app.close()
  await deps.store.close()
})

const meet = async (kind: AccountKind, how: Omit<InjectOptions, 'url'> = {}) =>
  (await app.inject({ method: 'GET', url: `/${kind}`, ...how })).json()

test.each(['developer', 'user'] as const)('a %s is known by cookie and by bearer token', async (kind) => {
  const { account, token } = people[kind]
  expect(await meet(kind, { cookies: { [cookieNames[kind]]: token } })).toEqual({ is: account.id })
  expect(await meet(kind, { headers: { authorization: `Bearer ${token}` } })).toEqual({ is: account.id })
})

test.each(['developer', 'user'] as const)('nobody is no error where a page asks for a %s', async (kind) => {
  const other = people[kind === 'developer' ? 'user' : 'developer'].token
  for (const how of [
    {},
    { cookies: { [cookieNames[kind]]: '' } },
    { cookies: { [cookieNames[kind]]: 'A'.repeat(43) } },
    { cookies: { [cookieNames[kind]]: other } },
    { headers: { authorization: 'Bearer x' } },
    { headers: { authorization: `Bearer ${other}` } },
  ])
    expect(await meet(kind, how)).toEqual({ is: 'nobody' })
})

test('origin_foreign: a link from elsewhere may be followed, a form of elsewhere may not be sent', async () => {
  const from = {
    cookies: { [cookieNames.user]: people.user.token },
    headers: { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' },
  }
  expect(await meet('user', from)).toEqual({ is: people.user.account.id })
  expect(await meet('user', { ...from, method: 'POST' })).toEqual({ refused: 'origin_foreign' })
})
