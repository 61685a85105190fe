/** The console's webhooks, as a developer uses them: by role and label, in a real browser, against a real receiver. */
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { expectAccessible, looks } from '../testing/accessible.ts'
import { startHookReceiver } from '../testing/hook-receiver.ts'
import { openPagesScene } from '../testing/pages-scene.ts'
import { aClient, aCode, aDeveloper, aUser, call, type Person, redeem } from '../testing/story.ts'

const { server, visit } = await openPagesScene({ dev: 'on' })
const receiver = await startHookReceiver()
afterAll(() => receiver.close())
beforeEach(() => receiver.answer(200))

const path = '/api/v0/developer/auth/webhooks'

async function aWebhook(developer: Person, form: object = {}): Promise<{ id: string; secret: string }> {
  const { body } = await call(server, 'POST', path, {
    token: developer.token,
    body: { url: receiver.url, ...form },
  })
  server.secrets.add('webhook secret', body.secret)
  return body
}

describe('a webhook', () => {
  test('is added, its secret copied and shown nowhere again, tested, and told of a grant', async () => {
    const developer = await aDeveloper(server)
    const page = await visit('/console/webhooks', developer, {
      permissions: ['clipboard-read', 'clipboard-write'],
    })
    const button = (name: string) => page.getByRole('button', { name, exact: true })
    await page.getByRole('heading', { name: 'No webhooks yet' }).waitFor()
    await page.getByRole('link', { name: 'Add a webhook' }).click()
    await button('Add the webhook').click()
    await page.getByText('An address begins with https://.').waitFor()
    await page.getByRole('textbox', { name: 'Address' }).fill(receiver.url)
    await page.getByRole('textbox', { name: 'Name' }).fill('Album service')
    await button('Add the webhook').click()
    await page.getByRole('heading', { name: 'Store the signing secret now' }).waitFor()
    await button('Copy signing secret').click()
    const secret = await page.evaluate(() => navigator.clipboard.readText())
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/)
    server.secrets.add('webhook secret', secret)
    await page.getByRole('link', { name: 'Webhooks', exact: true }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Stay' }).click()
    await button('I have stored it').click()
    await page.getByRole('heading', { name: 'Album service' }).waitFor()
    expect(await page.content()).not.toContain(secret)

    await button('Send a test event').click()
    await page.getByText(/^Delivered: 200 in \d+ ms\.$/).waitFor()
    const client = await aClient(server, {}, developer)
    const { code } = await aCode(server, client, await aUser(server))
    await redeem(server, client, code)
    const deliveries = page.getByRole('region', { name: 'Recent deliveries' })
    await deliveries.getByText('grant.approved', { exact: true }).waitFor()
    await deliveries.getByText('webhook.test', { exact: true }).waitFor()
    const told = receiver.received.map(({ text }) => JSON.parse(text))
    const approved = told.find(({ type }) => type === 'grant.approved')
    expect(approved.data.client_id).toBe(client.client_id)
    const bodies = receiver.received.map(({ text }) => text).join('\n')
    expect(server.secrets.findIn({ 'a webhook': Buffer.from(bodies) })).toBeUndefined()
    expect(bodies).not.toContain('@')
    page.expectSilence()
  })

  test('that fails says why, and what it missed is delivered again', async () => {
    const developer = await aDeveloper(server)
    const { id } = await aWebhook(developer)
    receiver.answer(500)
    const page = await visit(`/console/webhooks/${id}`, developer)
    await page.getByRole('button', { name: 'Send a test event' }).click()
    const deliveries = page.getByRole('region', { name: 'Recent deliveries' })
    await deliveries
      .getByText('The endpoint answered 500; any status from 200 to 299 takes the event.')
      .waitFor()
    await deliveries.getByText('Given up').waitFor()
    receiver.answer(200)
    await page.getByRole('button', { name: /^Deliver again: test_/ }).click()
    await deliveries.getByText('✓ Delivered').waitFor()
  })

  test('is changed, switched off and on, given a new secret, and deleted', async () => {
    const developer = await aDeveloper(server)
    const { id } = await aWebhook(developer)
    const page = await visit(`/console/webhooks/${id}`, developer)
    const button = (name: string) => page.getByRole('button', { name, exact: true })
    await page.getByRole('checkbox', { name: /grant\.approved/ }).uncheck()
    await button('Save').click()
    await page.getByText('The webhook is changed.').waitFor()
    const { body } = await call(server, 'GET', `${path}/${id}`, { token: developer.token })
    expect(body.events).not.toContain('grant.approved')
    expect(body.events).toContain('grant.revoked')

    await button('Switch off').click()
    await page.getByText('This webhook is switched off').waitFor()
    expect(await button('Send a test event').isDisabled()).toBe(true)
    await button('Switch on').click()
    await page.getByText('Nothing delivered yet').first().waitFor()

    await button('Rotate the secret').click()
    await page.getByRole('dialog').getByRole('button', { name: 'Make a new secret' }).click()
    await page.getByRole('heading', { name: 'Store the signing secret now' }).waitFor()
    const shown = /whsec_[\w+/]{43}=/.exec(await page.getByRole('main').innerText())?.[0] ?? ''
    expect(shown).not.toBe('')
    server.secrets.add('webhook secret', shown)
    await button('I have stored it').click()
    await page.getByText(/signs until/).waitFor()

    await button('Delete').click()
    await page.getByRole('dialog').getByRole('button', { name: 'Delete the webhook' }).click()
    await page.getByRole('heading', { name: 'No webhooks yet' }).waitFor()
    page.expectSilence()
  })

  test('to an address inside is refused where it is typed', async () => {
    const page = await visit('/console/webhooks/new', await aDeveloper(server), { refusals: [400] })
    await page.getByRole('textbox', { name: 'Address' }).fill('https://169.254.169.254/latest')
    await page.getByRole('button', { name: 'Add the webhook' }).click()
    await page.getByText(/the host has no address, or one that is not public/).waitFor()
  })

  test('of somebody else is none', async () => {
    const { id } = await aWebhook(await aDeveloper(server))
    const page = await visit(`/console/webhooks/${id}`, await aDeveloper(server), { refusals: [404] })
    await page.getByRole('heading', { name: 'No such webhook' }).waitFor()
  })
})

test.each(looks)(
  'every page of webhooks is accessible: $colorScheme, $viewport.width pixels wide',
  async (look) => {
    const developer = await aDeveloper(server)
    const { id } = await aWebhook(developer, { description: 'Album service' })
    receiver.answer(500)
    await call(server, 'POST', `${path}/${id}/test`, { token: developer.token })
    receiver.answer(200)
    await call(server, 'POST', `${path}/${id}/test`, { token: developer.token })
    for (const [at, seen] of [
      ['', 'Webhooks'],
      ['/new', 'Add a webhook'],
      [`/${id}`, 'Recent deliveries'],
    ] as const) {
      const page = await visit(`/console/webhooks${at}`, developer, look)
      await page.getByRole('heading', { name: seen }).waitFor()
      if (at === `/${id}`) await page.getByText('✗ Given up').waitFor()
      await expectAccessible(page)
    }
  },
)
