/** The contract's checklist, points 30 to 34: what a browser sees of it. The others are in `e2e/checklist.test.ts`. */
import { expect, test } from 'vitest'
import {
  allow,
  deny,
  grantIn,
  openConsentScene,
  passphrase,
  passphraseOf,
  state,
} from '../testing/consent-scene.ts'

const scene = await openConsentScene()

test('K30 who approves ends at the redirect URI with an access grant, and its query survives', async () => {
  const page = await scene.visit(await scene.integrationUrl())
  await passphraseOf(page).fill(passphrase)
  await allow(page).click()
  const told = await scene.atTheApp(page)
  expect([told.get('tab'), told.get('name')]).toEqual(['1', 'a b'])
  expect(grantIn(told).encryption_access.store_entries).toHaveLength(1)
})

test.each([
  [
    'K31 scopes as repeated parameters, with an extra access parameter',
    'scope=read&scope=list&access=readwrite',
  ],
  ['K31 scopes separated by commas', 'scope=read,list'],
  ['F31 scopes separated by spaces', 'scope=read%20list'],
])('%s', async (_what, scopes) => {
  const url = new URL(await scene.integrationUrl())
  url.searchParams.delete('scope')
  const page = await scene.visit(`${url}&${scopes}`)
  expect(
    await page.getByRole('checkbox', { name: /^(?:read files|see which files there are)/ }).count(),
  ).toBe(2)
  expect(await page.getByRole('checkbox', { name: /^(?:upload|delete|lock)/ }).count()).toBe(0)
})

test('K32 who denies ends there with access_denied; F32 an unregistered redirect URI is a page', async () => {
  const page = await scene.visit(await scene.integrationUrl())
  await deny(page).click()
  expect((await scene.atTheApp(page)).get('error')).toBe('access_denied')

  const elsewhere = await scene.integrationUrl({ redirect_uri: 'https://elsewhere.example/' })
  const refused = await scene.visit(elsewhere, scene.user, { refusals: [400], origins: [] })
  await refused.getByRole('heading', { name: 'This link is not of an app known here' }).waitFor()
})

test('F33 the state comes back unchanged with an error as well', async () => {
  const url = await scene.integrationUrl({ scope: 'everything' })
  const page = await scene.visit(url, scene.user, { refusals: [400] })
  await page.getByRole('link', { name: /^Back to the app/ }).click()
  const told = await scene.atTheApp(page)
  expect([told.get('error'), told.get('state')]).toEqual(['invalid_scope', state])
})

test('K34 the access grant opens what was approved: without list, nothing is listed', async () => {
  const page = await scene.visit(await scene.integrationUrl({ scope: 'read,bucket:photos' }))
  await passphraseOf(page).fill(passphrase)
  await allow(page).click()
  const grant = grantIn(await scene.atTheApp(page))
  expect(await scene.lets(grant, 'read', 'photos', 'a')).toBe(true)
  expect(await scene.lets(grant, 'list', 'photos', 'a')).toBe(false)
})
