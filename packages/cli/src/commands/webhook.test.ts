import { Webhook } from 'standardwebhooks'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type HookReceiver, startHookReceiver } from '../../../../e2e/testing/hook-receiver.ts'
import { useScene } from '../testing/scene.ts'
import { useServer } from '../testing/server.ts'

const { run, photos } = useScene(useServer({ dev: 'on' }))
let receiver: HookReceiver
beforeAll(async () => {
  receiver = await startHookReceiver()
})
afterAll(() => receiver.close())

const json = async (...args: readonly string[]) => {
  const { code, stdout, stderr } = await run(['webhook', ...args, '--json'])
  expect([code, stderr]).toEqual([0, ''])
  return JSON.parse(stdout)
}

test('a webhook is added, tested, listed, looked at and deleted', async () => {
  const { id, secret } = await json(
    'add',
    receiver.url,
    '--client',
    photos().client_id,
    '--event',
    'grant.revoked',
  )
  const tried = await run(['webhook', 'test', id])
  expect([tried.code, tried.stderr]).toEqual([0, ''])
  expect(tried.stdout).toMatch(/^Delivered: 200 in \d+ ms\.\n$/)
  const [{ headers, text } = { headers: {}, text: '' }] = receiver.received
  expect(new Webhook(secret).verify(text, headers)).toMatchObject({ type: 'webhook.test' })

  const list = await run(['webhook', 'list'])
  for (const word of [id, receiver.url, photos().client_id, 'active']) expect(list.stdout).toContain(word)
  const shown = await run(['webhook', 'show', id])
  expect(shown.stdout).toContain('grant.revoked')
  expect(shown.stdout).not.toContain(secret)
  const deliveries = await run(['webhook', 'deliveries', id])
  expect(deliveries.stdout).toMatch(/webhook\.test\s+test_\S+\s+delivered, 200 in \d+ ms/)
  const [{ id: event }] = (await json('deliveries', id)).deliveries
  expect((await run(['webhook', 'deliveries', id, '--again', event])).stdout).toContain('delivered again')
  await receiver.until((received) => received.length > 1)

  expect((await run(['webhook', 'delete', id])).code).toBe(2)
  expect((await run(['webhook', 'delete', id, '--yes'])).code).toBe(0)
  expect((await run(['webhook', 'show', id])).stderr).toContain('You have no webhook with this id')
})

test('a test event that is not taken is exit code 1, with the reason', async () => {
  const { id } = await json('add', receiver.url)
  receiver.answer(503)
  const tried = await run(['webhook', 'test', id])
  expect(tried.code).toBe(1)
  expect(tried.stderr).toContain('The endpoint answered 503')
  receiver.answer(200)
  const failed = await run(['webhook', 'deliveries', id, '--state', 'failed'])
  expect(failed.stdout).toContain('given up (1 so far): The endpoint answered 503')
})

test('a new secret signs beside the one before it, and --env prints nothing but its line', async () => {
  const { id, secret } = await json('add', receiver.url)
  const { code, stdout, stderr } = await run([
    'webhook',
    'rotate-secret',
    id,
    '--keep-previous-for',
    '1h',
    '--env',
  ])
  expect([code, stderr]).toEqual([0, ''])
  const next = /^VALETKEY_WEBHOOK_SECRET=(whsec_\S+)\n$/.exec(stdout)?.[1] ?? ''
  const before = receiver.received.length
  await run(['webhook', 'test', id])
  const { headers, text } = receiver.received[before] ?? { headers: {}, text: '' }
  for (const one of [secret, next])
    expect(new Webhook(one).verify(text, headers)).toMatchObject({ type: 'webhook.test' })
  expect((await json('show', id)).secrets).toHaveLength(2)
})

test('an event that does not exist and an address inside are refused in words', async () => {
  const strange = await run(['webhook', 'add', receiver.url, '--event', 'grant.taken'])
  expect([strange.code, strange.stderr]).toEqual([2, expect.stringContaining('grant.approved')])
  const inside = await run(['webhook', 'add', 'https://10.0.0.1/hook'])
  expect([inside.code, inside.stderr]).toEqual([1, expect.stringContaining('one that is not public')])
})
