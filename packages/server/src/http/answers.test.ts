import { describe, expect, test } from 'vitest'
import { testApp } from '../testing/test-deps.ts'

describe.each([
  ['https://valetkey.example', 'max-age=31536000'],
  ['http://localhost:4300', undefined],
])('a server that is reached as %s', (public_url, expected) => {
  test.each([
    ['a page', '/sign-in', 200],
    ['an answer', '/openapi.json', 200],
    ['a refusal', '/api/v0/auth/account', 401],
    ['an address where nothing is', '/nowhere', 404],
    ['an address that is none', '/%', 400],
  ])(
    `tells browsers with %s that it is encrypted for good: ${expected ?? 'no'}`,
    async (_what, url, status) => {
      const { app, deps } = await testApp({ settings: { public_url } })
      const { statusCode, headers } = await app.inject({ url })
      expect([statusCode, headers['strict-transport-security']]).toEqual([status, expected])
      await app.close()
      await deps.store.close()
    },
  )
})
