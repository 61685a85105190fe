/** A device flow with nothing but curl, as a program on a machine without a browser does it. */
import { spawnSync } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { deviceCodeGrant } from '@valetkey/protocol'
import { describe, expect, test } from 'vitest'
import { consented, nativeClient, openLibraryScene, passphrase, revoked } from './testing/library-scene.ts'
import { notRun, type Program, type Step, started } from './testing/program.ts'

const grant_type = deviceCodeGrant
const scene = await openLibraryScene()
const form = { ...nativeClient, redirect_uris: [], grant_types: [grant_type, 'refresh_token'] }
const { client_id } = await scene.register(form)

const has = ['bash', 'curl', 'sed'].every((name) => spawnSync(name, ['--version']).error === undefined)
if (!has) notRun('the device flow with curl', 'bash, curl and sed')

// Devices mostly wait, and do so together.
describe.runIf(has)('curl', { timeout: 60_000, concurrent: true }, () => {
  const program = (environment: Record<string, string> = {}): Program =>
    started([fileURLToPath(new URL('shell/device-flow.sh', import.meta.url))], {
      VALETKEY_URL: scene.server.url,
      CLIENT_ID: client_id,
      SCOPE: 'read write list bucket:photos offline_access',
      ...environment,
    })

  async function poll(device_code: string): Promise<Step> {
    const body = new URLSearchParams({ client_id, grant_type, device_code })
    return (await fetch(`${scene.server.url}/oauth2/token`, { method: 'POST', body })).json()
  }

  test('waits for its user, slower when it is told so, gets what they allowed, renews it and gives it back', async () => {
    const app = program()
    const asked = await app.step()
    expect(asked).toMatchObject({ verification_uri: `${scene.server.url}/device`, interval: 5 })

    // Somebody else asks with the same code a moment before, so that the program comes too early.
    await sleep(3000)
    expect((await poll(asked.device_code)).error).toBe('authorization_pending')
    await app.wrote(/^slower: every 10 seconds$/m)
    await scene.browser.decideForDevice(asked.user_code, {
      passphrase,
      scopes: ['read', 'list', 'bucket:photos'],
    })

    const token = await app.step()
    expect(token).toMatchObject({ token_type: 'Bearer', scope: 'read list bucket:photos offline_access' })
    expect(await scene.reach(token.access_token)).toEqual(consented)
    const renewed = await app.step()
    expect(renewed.refresh_token).not.toBe(token.refresh_token)
    expect(await scene.reach(renewed.access_token)).toEqual(consented)
    app.hear('')
    const { code, stderr } = await app.end()
    expect([code, stderr.split('\n').at(-2)]).toEqual([0, 'given back'])
    for (const { access_token } of [token, renewed]) expect(await scene.reach(access_token)).toEqual(revoked)
  })

  test('tells that the user said no', async () => {
    const app = program()
    await scene.browser.decideForDevice((await app.step()).user_code, { deny: true })
    const { code, stderr } = await app.end()
    expect(code).toBe(1)
    expect(stderr).toMatch(/^refused: access_denied\n.+\ntrace id: [0-9a-f]{32}$/m)
  })

  test('tells why nothing was begun', async () => {
    const { code, stderr } = await program({ SCOPE: 'everything' }).end()
    expect(code).toBe(1)
    expect(stderr).toMatch(/^refused: invalid_scope\nscope: unknown scope; .+\ntrace id: [0-9a-f]{32}\n$/)
  })

  test('names a variable that is not set, with exit code 2', async () => {
    expect(await program({ CLIENT_ID: '' }).end()).toEqual({ code: 2, stderr: 'set CLIENT_ID\n' })
  })
})
