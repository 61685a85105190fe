/** What a developer reads in the console of a client that the operator suspended, in a real browser. */
import type { Page } from 'playwright'
import { describe, expect, test } from 'vitest'
import { expectAccessible, looks } from '../testing/accessible.ts'
import { openPagesScene } from '../testing/pages-scene.ts'
import { aClient, aDeveloper, type Person, type RegisteredClient, redeem } from '../testing/story.ts'

const { server, visit } = await openPagesScene()
const { administration } = server.deps.store

async function suspended(name: string, developer?: Person): Promise<RegisteredClient> {
  const client = await aClient(server, { name }, developer)
  await administration.suspendClient(client.id, { end_access: false }, server.deps.clock.now())
  return client
}

const whatItMeans = /no code is redeemed, and no access renewed.*works until it runs out.*ask them why/
const pathOf = ({ client_id }: RegisteredClient, tab = 'health') => `/console/clients/${client_id}?tab=${tab}`
const notice = (page: Page) => page.getByText(whatItMeans)

describe('a client that the operator suspended', () => {
  test('is told to be in the list and above every tab, with what that means and whom to ask', async () => {
    const developer = await aDeveloper(server)
    await suspended('Backup', developer)
    await aClient(server, { name: 'Photos' }, developer)
    const page = await visit('/console/clients', developer)
    const row = (name: string) => page.getByRole('listitem').filter({ hasText: name })
    await row('Backup').getByText('Suspended').waitFor()
    await row('Photos').getByText('Active').waitFor()
    expect(await row('Photos').getByText('Suspended').count()).toBe(0)

    await row('Backup').getByRole('link').click()
    await page.getByText('The operator of this server suspended this client.').waitFor()
    for (const name of ['Settings', 'Secrets', 'Quickstart', 'Health']) {
      await page.getByRole('tab', { name }).click()
      await page.getByRole('tab', { name, selected: true }).waitFor()
      expect(await notice(page).count(), name).toBe(1)
    }
    expect(await page.getByText('Disabled').count()).toBe(0)
    page.expectSilence()
  })

  test('is not offered to be enabled; disabled as well, it stays so when the operator lets it go on', async () => {
    const client = await suspended('Backup')
    const page = await visit(pathOf(client, 'settings'), client.developer)
    const button = (name: string) => page.getByRole('button', { name, exact: true })
    await page.getByText('only they let it work again').waitFor()
    expect(await button('Enable').count()).toBe(0)
    await button('Disable').click()
    await page.getByRole('dialog').getByText('it stays disabled, until you enable it').waitFor()
    await page.getByRole('dialog').getByRole('button', { name: 'Disable the client' }).click()
    await page.getByText('The client is disabled.').waitFor()
    await notice(page).waitFor()

    await administration.resumeClient(client.id, server.deps.clock.now())
    await page.reload()
    await button('Enable').waitFor()
    expect(await notice(page).count()).toBe(0)
    page.expectSilence()
  })

  test('is the cause of what was refused, and marked where a client is chosen', async () => {
    const client = await suspended('Backup')
    const { body } = await redeem(server, client, 'no-such-code')
    await server.deps.recorder.flush()
    const page = await visit(`/console/token-requests/${body.trace_id}`, client.developer)
    const why = page.getByRole('region', { name: /The operator of this server suspended the client/ })
    await why.getByText(/Ask the operator why.*works until it runs out/).waitFor()
    await page.getByRole('link', { name: 'All token requests' }).click()
    await page.getByRole('option', { name: 'Backup (suspended)' }).waitFor({ state: 'attached' })
    page.expectSilence()
  })
})

test.each(looks)('its pages are accessible: $colorScheme, $viewport.width pixels wide', async (look) => {
  const client = await suspended('Backup')
  const page = await visit('/console/clients', client.developer, look)
  await page.getByText('Suspended').waitFor()
  await expectAccessible(page)
  for (const tab of ['health', 'settings']) {
    await page.goto(`${server.url}${pathOf(client, tab)}`)
    await notice(page).waitFor()
    await expectAccessible(page)
  }
  page.expectSilence()
})
