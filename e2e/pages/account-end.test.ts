import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { expectAccessible, expectNoSideways, looks } from '../testing/accessible.ts'
import { openPagesScene } from '../testing/pages-scene.ts'
import { aUser, call, password } from '../testing/story.ts'

const { server, visit } = await openPagesScene()

test('a user takes their data along as a file', async () => {
  const user = await aUser(server)
  const page = await visit('/account', user)
  const [file] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('link', { name: 'Export my data' }).click(),
  ])
  expect(file.suggestedFilename()).toMatch(/^valetkey-\d{4}-\d\d-\d\d\.json$/)
  const data = JSON.parse(await readFile(await file.path(), 'utf8'))
  expect(data.account.email).toBe(user.email)
})

test('an account ends with a tick and the password, and with neither alone', async () => {
  const user = await aUser(server)
  const page = await visit('/account', user, { refusals: [400] })
  await page.getByText('Delete my account', { exact: true }).click()
  const end = page.getByRole('button', { name: 'Delete my account for good' })
  await end.click()
  await page.getByText('Enter your password.').waitFor()
  await page.getByLabel('Your password', { exact: true }).fill(password)
  await end.click()
  await page.getByText('Tick the box first').waitFor()
  expect((await call(server, 'GET', '/api/v0/auth/account', { token: user.token })).status).toBe(200)

  await page.getByLabel('I understand that nothing of it comes back.').check()
  await page.getByLabel('Your password', { exact: true }).fill('not the password')
  await end.click()
  await page.getByText('The current password is wrong.').waitFor()
  await page.getByLabel('Your password', { exact: true }).fill(password)
  await end.click()
  await page.getByText('Your account is deleted').waitFor()
  expect(await page.getByRole('button', { name: 'Sign out' }).count()).toBe(0)
  expect((await call(server, 'GET', '/api/v0/auth/account', { token: user.token })).status).toBe(401)
})

test.each(looks)('the end of an account is readable and accessible: %j', async (look) => {
  const page = await visit('/account', await aUser(server), look)
  await page.getByText('Delete my account', { exact: true }).click()
  await expectNoSideways(page)
  await expectAccessible(page)
})
