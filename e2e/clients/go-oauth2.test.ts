/** Go's golang.org/x/oauth2, as the module proxy gives it, against a live server. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { buildGo, findGo } from '../../examples/testing/toolchains.ts'
import { redirectUri } from '../testing/story.ts'
import {
  altered,
  consented,
  nativeClient,
  openLibraryScene,
  passphrase,
  revoked,
} from './testing/library-scene.ts'
import { notRun, type Program, reasonOf, type Step, started } from './testing/program.ts'

const folder = mkdtempSync(join(tmpdir(), 'valetkey-go-'))
const granted = ['read', 'list', 'bucket:photos']

const scene = await openLibraryScene()
const go = findGo()
if (go === undefined) notRun('the flows of golang.org/x/oauth2', 'Go 1.26 or newer (https://go.dev/dl)')

describe.runIf(go !== undefined)('golang.org/x/oauth2', { timeout: 60_000 }, () => {
  beforeAll(async () => {
    await buildGo(go ?? '', fileURLToPath(new URL('go', import.meta.url)), join(folder, 'client'))
  }, 600_000)
  afterAll(() => rmSync(folder, { recursive: true }))

  async function program(
    flow: string,
    form: object,
    environment: Readonly<Record<string, string>> = {},
  ): Promise<Program> {
    const { client_id, client_secret = '' } = await scene.register(form)
    const client = { ISSUER: scene.server.url, CLIENT_ID: client_id, CLIENT_SECRET: client_secret }
    return started([join(folder, 'client'), flow], { ...client, ...environment })
  }

  const web = (AUTH: string) => program('web', {}, { AUTH, REDIRECT_URI: redirectUri })

  /** From the first access grant to the end: renewed, and over for the storage network. */
  async function renewsAndGivesBack(app: Program): Promise<void> {
    const { token } = await app.step()
    expect(token).toMatchObject({
      token_type: 'Bearer',
      scope: 'read list bucket:photos offline_access',
      access_grant: token.access_token,
    })
    expect(await scene.reach(token.access_token)).toEqual(consented)
    const { token: renewed } = await app.step()
    expect(renewed.refresh_token).not.toBe(token.refresh_token)
    expect(renewed.access_token).not.toBe(token.access_token)
    expect(await scene.reach(renewed.access_token)).toEqual(consented)
    app.hear('')
    expect(await app.step()).toEqual({ revoked: 200 })
    expect(await app.end()).toEqual({ code: 0, stderr: '' })
    for (const { access_token } of [token, renewed]) expect(await scene.reach(access_token)).toEqual(revoked)
  }

  test.for(['params', 'header', 'auto', 'transport'])(
    'with a JWT by %s gets what its user allowed, renews it and gives it back',
    async (auth) => {
      const app = await web(auth)
      const { open } = await app.step()
      app.hear((await scene.decide(open, { scopes: granted })).url)
      await renewsAndGivesBack(app)
    },
  )

  /** What the app of a code that was made for another verifier is told. */
  async function refusedExchange(auth: string): Promise<Step> {
    const app = await web(auth)
    const { open } = await app.step()
    app.hear((await scene.decide(altered(open, 'code_challenge', 'A'.repeat(43)), { scopes: granted })).url)
    const refusal = await app.step()
    expect((await app.end()).code).toBe(1)
    return refusal
  }

  test.for(['params', 'header', 'transport'])(
    'by %s tells its app why an exchange was refused',
    async (auth) => {
      expect(await refusedExchange(auth)).toEqual({
        error: 'invalid_grant',
        error_description: expect.stringContaining('code_verifier'),
        error_uri: `${scene.server.url}/errors/code_verifier_wrong`,
        trace_id: expect.stringMatching(/^[0-9a-f]{32}$/),
      })
    },
  )

  test('that finds out the style by itself sends a refused request twice, and tells of the second alone', async () => {
    const { error, trace_id } = await refusedExchange('auto')
    expect(error).toBe('invalid_client')
    expect(await reasonOf(scene.server, trace_id)).toBe('assertion_replayed')
  })

  test('tells its app that the user said no', async () => {
    const app = await web('params')
    const { open } = await app.step()
    app.hear((await scene.decide(open, { deny: true })).url)
    expect(await app.step()).toMatchObject({ error: 'access_denied' })
    expect((await app.end()).code).toBe(1)
  })

  test('as a native app without a secret listens on any port of the loopback', async () => {
    const app = await program('native', nativeClient)
    const { open } = await app.step()
    const { url } = await scene.decide(open, { scopes: granted })
    expect(new URL(url).port).toMatch(/^\d+$/)
    expect(await (await fetch(url)).text()).toBe('You can close this window.')
    await renewsAndGivesBack(app)
  })

  // Devices mostly wait, and do so together.
  test.concurrent.for([
    { kind: 'without a secret', form: nativeClient, think: 0 },
    { kind: 'with a secret, of which each poll needs a proof of its own,', form: {}, think: 7000 },
  ])('as a device $kind gets what its user allowed elsewhere', async ({ form, think }) => {
    const app = await program('device', form)
    const { user_code, verification_uri } = await app.step()
    expect(verification_uri).toBe(`${scene.server.url}/device`)
    await sleep(think)
    await scene.browser.decideForDevice(user_code, { passphrase, scopes: granted })
    await renewsAndGivesBack(app)
  })

  test.concurrent('as a device proves nothing by itself, which a client with a secret must', async () => {
    const app = await program('device', {}, { CLIENT_SECRET: '' })
    expect(await app.step()).toMatchObject({ error: 'invalid_client' })
    expect((await app.end()).code).toBe(1)
  })

  test.concurrent('as a device tells its app that the user said no', async () => {
    const app = await program('device', {})
    await scene.browser.decideForDevice((await app.step()).user_code, { deny: true })
    expect(await app.step()).toMatchObject({ error: 'access_denied', error_description: expect.any(String) })
    expect((await app.end()).code).toBe(1)
  })
})
