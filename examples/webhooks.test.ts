/** The program that takes webhooks, as its readers run it, told by a real server. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freePort } from '../e2e/testing/free-port.ts'
import { aDeveloper, call, startServer, type TestServer } from '../e2e/testing/story.ts'

const path = '/api/v0/developer/auth/webhooks'
let server: TestServer
let program: ChildProcess | undefined
beforeAll(async () => {
  server = await startServer({ dev: 'on' })
})
afterAll(async () => {
  if (program?.exitCode === null) {
    program.kill()
    await once(program, 'exit')
  }
  await server.stop()
})

test('node/webhook-receiver.ts takes what is signed for it, prints it, and turns everybody else away', async () => {
  const { token } = await aDeveloper(server)
  const url = `http://127.0.0.1:${await freePort()}`
  const added = await call(server, 'POST', path, { token, body: { url: `${url}/` } })
  const { id, secret } = added.body
  server.secrets.add('webhook secret', secret)
  let said = ''
  program = spawn(process.execPath, [fileURLToPath(new URL('node/webhook-receiver.ts', import.meta.url))], {
    env: { ...process.env, VALETKEY_WEBHOOK_SECRET: secret, PORT: new URL(url).port },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  program.stdout?.on('data', (chunk: Buffer) => {
    said += chunk
  })
  await expect.poll(() => said, { timeout: 10_000 }).toContain('listening')
  const tried = await call(server, 'POST', `${path}/${id}/test`, { token })
  expect(tried.body).toMatchObject({ state: 'delivered', status: 204 })
  await expect.poll(() => said).toContain(`webhook.test {"webhook_id":"${id}"`)
  const headers = { 'webhook-id': 'x', 'webhook-timestamp': '1', 'webhook-signature': 'v1,AAAA' }
  const forged = await fetch(url, { method: 'POST', headers, body: '{"type":"grant.revoked"}' })
  expect(forged.status).toBe(401)
  expect(said).not.toContain('grant.revoked')
})
