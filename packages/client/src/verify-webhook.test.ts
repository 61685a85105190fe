import { Webhook } from 'standardwebhooks'
import { expect, test } from 'vitest'
import { bundled } from './testing/bundle.ts'
import { verifyWebhook } from './verify-webhook.ts'

const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`
const other = `whsec_${Buffer.alloc(32, 8).toString('base64')}`
const event = { id: 'test_1', type: 'webhook.test', created_at: '2026-03-01T12:00:00Z', data: { name: 'ä' } }
const body = JSON.stringify(event)
const at = 1_772_366_400

/** Signed by a library that others wrote. */
const signed = (key = secret, text = body, id = event.id) => ({
  'webhook-id': id,
  'webhook-timestamp': String(at),
  'webhook-signature': new Webhook(key).sign(id, new Date(at * 1000), text),
})
const refused = (headers: object, text = body, now = at) =>
  expect(verifyWebhook(secret, { ...signed(), ...headers }, text, { now })).rejects.toMatchObject({
    error: 'webhook_unverified',
  })

test('what another library signed is taken, from the headers of Node and of the web', async () => {
  expect(await verifyWebhook(secret, signed(), body, { now: at })).toEqual(event)
  expect(await verifyWebhook(secret, new Headers(signed()), body, { now: at + 300 })).toEqual(event)
})

test('while a secret is rotated, either of two signatures will do', async () => {
  const both = `${signed(other)['webhook-signature']} v1a,AAAA ${signed()['webhook-signature']}`
  expect(await verifyWebhook(secret, { ...signed(), 'webhook-signature': both }, body, { now: at })).toEqual(
    event,
  )
})

test('a webhook that was changed, moved, kept or signed by somebody else is refused', async () => {
  await refused({}, `${body} `)
  await refused({}, body.replace('1', '2'))
  await refused({ 'webhook-id': 'test_2' })
  await refused({ 'webhook-timestamp': String(at + 1) })
  await refused({ 'webhook-timestamp': 'soon' })
  await refused({ 'webhook-signature': signed(other)['webhook-signature'] })
  await refused({ 'webhook-signature': '' })
  await refused({ 'webhook-signature': undefined })
  await refused({}, body, at + 301)
  await refused({}, body, at - 301)
})

test('a secret in another form is said to be one, and not repeated', async () => {
  for (const wrong of ['', 'whsec_', 'whsec_%%%']) {
    const error = await verifyWebhook(wrong, signed(), body, { now: at }).catch((thrown: Error) => thrown)
    expect(error).toBeInstanceOf(TypeError)
    expect(String(error)).not.toContain('%%%')
  }
})

test('an app that verifies webhooks ships nothing else for it', async () => {
  const { code, modules } = await bundled(['verifyWebhook'])
  const own = modules.filter((id) => id.includes('/client/src/')).map((id) => id.replace(/.*\//, ''))
  expect(own.sort()).toEqual(['encoding.ts', 'valetkey-error.ts', 'verify-webhook.ts'])
  expect(code.length).toBeLessThan(3000)
})
