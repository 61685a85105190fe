/** Connecting a device, as a person meets it: the code, the question, and what the device gets. */
import { parseAccessGrant, shareRootKey } from '@valetkey/access-grant'
import { beforeAll, expect, test } from 'vitest'
import { expectAccessible, looks } from '../testing/accessible.ts'
import { allow, deny, passphrase, passphraseOf } from '../testing/consent-scene.ts'
import { letIntervalPass } from '../testing/device-interval.ts'
import { createSecrets } from '../testing/secrets.ts'
import { openStandardPagesScene } from '../testing/standard-scene.ts'
import { password } from '../testing/story.ts'

const scene = await openStandardPagesScene()
const { server } = scene
const device_grant = 'urn:ietf:params:oauth:grant-type:device_code'
beforeAll(() => scene.register({ grant_types: ['authorization_code', device_grant] }))

const begin = async () => {
  const { status, body } = await scene.post('/oauth2/device_authorization', {
    scope: 'read list bucket:photos',
  })
  expect(status).toBe(200)
  return body
}
const ask = ({ device_code }: { device_code: string }) =>
  scene.post('/oauth2/token', { grant_type: device_grant, device_code })

test('a stranger enters the code, signs in, allows, and the device has a grant; its keys were never ours', async () => {
  const device = await begin()
  expect((await ask(device)).body.error).toBe('authorization_pending')
  const page = await scene.browser.newPage()
  const sent: string[] = []
  page.on('request', (request) => void sent.push(`${request.url()}\n${request.postData() ?? ''}`))
  await page.goto(device.verification_uri)
  await page.getByLabel('E-mail address').fill(scene.user.email)
  await page.getByLabel('Password', { exact: true }).fill(password)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByLabel('Code on your device').fill(device.user_code.toLowerCase().replace('-', ' '))
  await page.getByRole('button', { name: 'Continue' }).click()
  await page.getByRole('heading', { name: 'Photos on a device asks for access to your storage' }).waitFor()
  await page.getByText('asking from 127.0.0.1').waitFor()
  await passphraseOf(page).fill(passphrase)
  await allow(page).click()
  await page.getByRole('heading', { name: 'Your device is connected' }).waitFor()
  await page.getByText('You can go back to your device.').waitFor()
  page.expectSilence()

  await letIntervalPass(server)
  const { status, body } = await ask(device)
  expect([status, body.token_type]).toEqual([200, 'Bearer'])
  const grant = parseAccessGrant(body.access_token)
  expect(await scene.lets(grant, 'read', 'photos', 'a')).toBe(true)
  expect(await scene.lets(grant, 'write', 'photos', 'a')).toBe(false)
  expect(grant.encryption_access).toEqual(
    shareRootKey(await scene.rootKey(), [{ bucket: 'photos' }]).encryption_access,
  )
  const secrets = createSecrets()
  secrets.add('passphrase', passphrase)
  for (const { key } of grant.encryption_access.store_entries) secrets.add('key of a prefix', key)
  expect(sent.some((one) => one.includes('sealed_half'))).toBe(true)
  expect(secrets.findIn({ 'what was sent': Buffer.from(sent.join('\n')) })).toBeUndefined()
})

test('a no is heard by the device', async () => {
  const device = await begin()
  const page = await scene.visit(device.verification_uri_complete, scene.user, { refusals: [400] })
  await page.getByLabel('Does your device show this code?').waitFor()
  await page.getByRole('button', { name: 'Continue' }).click()
  await deny(page).click()
  await page.getByText('Nothing was shared. You can go back to your device').waitFor()
  await page.reload()
  await page.getByRole('heading', { name: 'You have decided already' }).waitFor()
  page.expectSilence()
  expect((await ask(device)).body.error).toBe('access_denied')
})

test('a code that nobody waits with is said to be none, beside the field', async () => {
  const page = await scene.visit(`${server.url}/device`, scene.user, { refusals: [400] })
  await page.getByRole('button', { name: 'Continue' }).click()
  await page.getByText('Enter the code that your device shows.').waitFor()
  await page.getByLabel('Code on your device').fill('ZZZZ-ZZZZ')
  await page.getByRole('button', { name: 'Continue' }).click()
  await page.getByText('No device waits with this code.').waitFor()
  expect(await page.getByLabel('Code on your device').getAttribute('aria-invalid')).toBe('true')
  page.expectSilence()
})

test('every state of it can be read by everybody', async () => {
  const { user_code } = await begin()
  for (const look of looks) {
    const page = await scene.visit(`${server.url}/device?user_code=${user_code}`, scene.user, look)
    await page.getByRole('heading', { name: 'Connect a device' }).waitFor()
    await expectAccessible(page)
    await page.getByRole('button', { name: 'Continue' }).click()
    await page.getByRole('heading', { name: 'Photos on a device' }).waitFor()
    await expectAccessible(page)
    page.expectSilence()
  }
})
