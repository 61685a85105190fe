/** Codes in two halves, redeemed at a real server: it never gets the second half, and the app gets all its keys. */
import { parseAccessGrant } from '@valetkey/access-grant'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { aSealedCode } from '../../../e2e/testing/sealed-code.ts'
import {
  aClient,
  aCode,
  aUser,
  call,
  type Person,
  type RegisteredClient,
  redeem,
  redirectUri,
  startServer,
  type TestServer,
} from '../../../e2e/testing/story.ts'
import { redeemCode } from './redeem-code.ts'

let server: TestServer
let client: RegisteredClient
let user: Person
beforeAll(async () => {
  server = await startServer()
  ;[client, user] = [await aClient(server), await aUser(server)]
})
// Looks for the second halves and the keys in all that the server leaves behind.
afterAll(() => server.stop())

const passphrase = 'a passphrase of the user'
const redeemIt = (code: string, change: object = {}) =>
  redeemCode({ url: server.url, ...client, code, redirect_uri: redirectUri, ...change })
const keysOf = (access_grant: string) => parseAccessGrant(access_grant).encryption_access

test.each([
  ['the whole project', ['read', 'write']],
  ['places', ['read', 'bucket:photos;2026/', 'bucket:music']],
])('the access grant for %s is whole, with the keys that the passphrase gives', async (_what, scope) => {
  const { code } = await aCode(server, client, user, { scope })
  const usual = await redeem(server, client, code, { passphrase })
  const sealed = await aSealedCode(server, client, user, { scope, passphrase })
  const { access_grant, ...answer } = await redeemIt(sealed.code)
  expect(keysOf(access_grant)).toEqual(keysOf(usual.body.access_grant))
  expect(answer).toEqual({
    scopes: scope,
    expires_in: expect.any(Number),
    trace_id: expect.stringMatching(/^[0-9a-f]{32}$/),
  })
})

test('the second half is in nothing that is sent', async () => {
  const { code, server_half, browser_half } = await aSealedCode(server, client, user, { passphrase })
  const sent = vi.spyOn(globalThis, 'fetch')
  await redeemIt(code)
  const bodies = sent.mock.calls.map(([url, options]) => `${url} ${JSON.stringify(options)}`).join()
  sent.mockRestore()
  expect(bodies).toContain(server_half)
  expect(bodies).not.toContain(browser_half)
})

test('the first half alone is redeemed as it is, for whoever opens the keys elsewhere', async () => {
  const { server_half, form } = await aSealedCode(server, client, user, { passphrase })
  const { access_grant, sealed_encryption_access } = await redeemIt(server_half)
  expect(sealed_encryption_access).toBe(form.sealed_encryption_access)
  expect(keysOf(access_grant)).toEqual({ default_path_cipher: 2, store_entries: [] })
})

describe('an error', () => {
  test('says that the keys stay sealed when the second half is another, and names the request', async () => {
    const { server_half } = await aSealedCode(server, client, user, { passphrase })
    const { browser_half } = await aSealedCode(server, client, user, { passphrase })
    await expect(redeemIt(`${server_half}.${browser_half}`)).rejects.toMatchObject({
      name: 'ValetkeyError',
      status: 200,
      error: 'keys_not_opened',
      trace_id: expect.stringMatching(/^[0-9a-f]{32}$/),
      cause: { code: 'seal' },
    })
  })

  test('says so as well when the server has no sealed keys for the code', async () => {
    const { code } = await aCode(server, client, user)
    await expect(redeemIt(`${code}.${'A'.repeat(43)}`)).rejects.toMatchObject({ error: 'keys_not_opened' })
  })

  test('comes from the server, and the code is good afterwards, when the second half is no half', async () => {
    const { code } = await aSealedCode(server, client, user, { passphrase })
    for (const cut of [code.slice(0, -1), `${code} `, `${code.slice(0, -1)}-`])
      await expect(redeemIt(cut)).rejects.toMatchObject({ status: 400, error: 'invalid_code' })
    await expect(redeemIt(code, { passphrase })).rejects.toMatchObject({
      status: 400,
      error: 'invalid_request',
    })
    expect((await redeemIt(code)).access_grant).toMatch(/^1/)
  })
})

test('what went wrong is in the trace, and the first half alone in the one that went well', async () => {
  const { code } = await aSealedCode(server, client, user, { passphrase })
  const { trace_id } = await redeemIt(code)
  await server.deps.recorder.flush()
  const path = `/api/v0/developer/auth/token-requests/${trace_id}`
  const { body } = await call(server, 'GET', path, { token: client.developer.token })
  const step = body.explanation.steps.find((one: { step: string }) => one.step === 'unseal_keys')
  expect(step.note).toContain('was not sent')
})
