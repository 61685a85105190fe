/** What an app ships and where it runs: the SDK as a bundler leaves it, in places that have only web globals. */
import { createContext, runInContext } from 'node:vm'
import { chromium } from 'playwright'
import { describe, expect, test } from 'vitest'
import { launchOptions } from '../../../e2e/testing/chromium.ts'
import * as sdk from './index.ts'
import { bundled } from './testing/bundle.ts'
import { aHalf, aSealedGrant, granted } from './testing/sealed-grant.ts'
import { aDouble, type Double, type Reply } from './testing/valetkey-double.ts'

const everything = Object.keys(sdk)

describe('the bundle', () => {
  test('of everything asks for nothing of Node, and has no schema library in it', async () => {
    const { code, imports, modules } = await bundled(everything)
    expect(imports).toEqual([])
    expect(code).not.toMatch(/node:|\brequire\(|\bprocess\.|\bBuffer\b/)
    expect(modules.some((id) => id.includes('/access-grant/'))).toBe(true)
    expect(modules.filter((id) => /zod|\/protocol\/|vite-browser-external/.test(id))).toEqual([])
  })

  test.each([
    [['createClientSecretJwt'], ['client-secret-jwt.ts', 'encoding.ts', 'jws.ts']],
    [['noAuth', 'discover', 'beginAuthorization'], expect.not.arrayContaining(['halves.ts'])],
  ])('of %j leaves the access grants out', async (names, files) => {
    const { modules } = await bundled(names)
    expect(modules.filter((id) => /\/access-grant\/|@noble|\/protocol\//.test(id))).toEqual([])
    const own = modules.filter((id) => id.includes('/client/src/')).map((id) => id.replace(/.*\//, ''))
    expect(own.sort()).toEqual(files)
  })

  test('of the JWT alone is next to nothing', async () => {
    expect((await bundled(['createClientSecretJwt'])).code.length).toBeLessThan(2000)
  })

  test('of a whole flow in a page is small enough to be loaded without a thought', async () => {
    const { code } = await bundled(['noAuth', 'discover', 'beginAuthorization', 'finishAuthorization'])
    expect(code.length).toBeLessThan(80_000)
  })
})

/** A user who has said yes in a browser that sealed the keys, and the server that knows of it. */
async function approved(): Promise<{ double: Double; whole: string; code: string; browser_half: string }> {
  const { whole, keyless, browser_half, sealed_encryption_access } = aSealedGrant('photos')
  const answer = (): Reply => granted(keyless, { sealed_encryption_access, refresh_token: aHalf() })
  const double = await aDouble({
    '/oauth2/token': answer,
    '/oauth2/revoke': { body: '' },
    '/': { body: '<!doctype html><title>app</title>', headers: { 'content-type': 'text/html' } },
  })
  return { double, whole, code: `${aHalf()}.${browser_half}`, browser_half }
}

/** All of it, as an app does it; written as text, since it runs elsewhere. */
const flow = `async (issuer, code) => {
  const { discover, noAuth, beginAuthorization, finishAuthorization, refreshGrant, revokeGrant, restrictAccessGrant } = sdk
  const valetkey = await discover(issuer)
  const client = { client_id: 'photos', auth: noAuth() }
  const form = { redirect_uri: 'https://app.example/', access: { actions: ['read'], bucket: 'photos' }, offline_access: true }
  const { pending } = await beginAuthorization(valetkey, client, form)
  const callback = '/?' + new URLSearchParams({ code, state: pending.state, iss: issuer })
  const grant = await finishAuthorization(valetkey, client, pending, callback)
  const renewed = await refreshGrant(valetkey, client, grant)
  await revokeGrant(valetkey, client, renewed)
  const less = restrictAccessGrant(renewed.access_grant, { actions: ['read'], bucket: 'photos', prefix: '2026/' })
  return JSON.stringify({ first: grant.access_grant, second: renewed.access_grant, less, trace_id: grant.trace_id })
}`

const secretFlow = `async () => {
  const { privateKey } = await crypto.subtle.generateKey({ name: 'Ed25519' }, false, ['sign', 'verify'])
  const facts = { client_id: 'photos', issuer: 'https://auth.example' }
  const one = await sdk.privateKeyJwt(privateKey).proofFor(facts)
  const another = await sdk.clientSecretJwt('secret').proofFor(facts)
  return [one, another].map((proof) => JSON.parse(atob(proof.client_assertion.split('.')[0])).alg).join()
}`

const webGlobals = {
  fetch,
  crypto,
  URL,
  URLSearchParams,
  TextEncoder,
  TextDecoder,
  AbortSignal,
  setTimeout,
  clearTimeout,
  atob,
  btoa,
}

describe('the whole flow runs', () => {
  test('where there are web globals alone, as at the edge', async () => {
    const { code } = await bundled(everything)
    const context = createContext({ ...webGlobals })
    runInContext(code, context)
    const { double, ...user } = await approved()
    const told: string = await runInContext(`(${flow})`, context)(double.url, user.code)
    expectWhole(told, double, user)
    expect(await runInContext(`(${secretFlow})()`, context)).toBe('EdDSA,HS256')
  })

  test('where fetch knows no redirect but follow and manual, as in Workers', async () => {
    const { double, code } = await approved()
    const workers: typeof fetch = (url, options = {}) => {
      if (options.redirect === 'error') throw new TypeError('Invalid redirect value')
      return fetch(url, options)
    }
    const { code: script } = await bundled(everything)
    const context = createContext({ ...webGlobals, fetch: workers })
    runInContext(script, context)
    const told: string = await runInContext(`(${flow})`, context)(double.url, code)
    expect(JSON.parse(told)).toHaveProperty('less')
  })

  test('in Chromium, on a page of another origin', { timeout: 60_000 }, async () => {
    const { code } = await bundled(everything)
    const { double, ...user } = await approved()
    const app = await approved()
    const browser = await chromium.launch(launchOptions())
    try {
      const page = await browser.newPage()
      await page.goto(app.double.url)
      await page.addScriptTag({ content: code })
      const told: string = await page.evaluate(`(${flow})(${JSON.stringify(double.url)}, '${user.code}')`)
      expectWhole(told, double, user)
      expect(double.asked.map(({ method }) => method)).not.toContain('OPTIONS')
      expect(await page.evaluate(`(${secretFlow})()`)).toBe('EdDSA,HS256')
    } finally {
      await browser.close()
    }
  })
})

function expectWhole(
  told: string,
  { asked }: Double,
  { whole, browser_half }: { whole: string; browser_half: string },
): void {
  const { first, second, less, trace_id } = JSON.parse(told)
  expect([first, second]).toEqual([whole, whole])
  expect(less).not.toBe(whole)
  expect(trace_id).toBe('cd'.repeat(16))
  expect(asked.map(({ path }) => path)).toEqual([
    '/.well-known/oauth-authorization-server',
    '/oauth2/token',
    '/oauth2/token',
    '/oauth2/revoke',
  ])
  expect(JSON.stringify(asked)).not.toContain(browser_half)
  expect(JSON.stringify(asked)).not.toContain(whole)
}
