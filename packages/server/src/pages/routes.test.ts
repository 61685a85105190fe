import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { buildApp } from '../app.ts'
import { loadAssets } from '../http/assets.ts'
import { type TestDeps, testApp } from '../testing/test-deps.ts'

let app: FastifyInstance
let deps: TestDeps
beforeAll(async () => {
  ;({ app, deps } = await testApp())
})
afterAll(async () => {
  await app.close()
  await deps.store.close()
})

test('a file that was built may ask nobody anything, should it run as a worker or be opened as a page', async () => {
  const built = readdirSync(join(loadAssets()?.folder ?? '', 'assets'))
  const scripts = built.filter((name) => name.endsWith('.js'))
  expect(scripts.some((name) => name.startsWith('derive-worker-'))).toBe(true)
  for (const name of [...scripts, ...built.filter((file) => file.endsWith('.css'))]) {
    const { statusCode, headers } = await app.inject({ url: `/assets/${name}` })
    expect({ name, statusCode, policy: headers['content-security-policy'] }).toEqual({
      name,
      statusCode: 200,
      policy:
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; base-uri 'none'; frame-ancestors 'none'",
    })
  }
})

test('a built file is kept for a year, because its name changes with its content', async () => {
  const address = loadAssets()?.script('sign-in') ?? ''
  expect((await app.inject({ url: address })).headers['cache-control']).toBe(
    'public, max-age=31536000, immutable',
  )
})

test.each(['/', '/apps', '/apps/x/history', '/account', '/console/clients', '/consent/x', '/sign-in'])(
  'before anything was built, %s says so',
  async (url) => {
    const bare = await buildApp(deps, { assets: undefined })
    const { statusCode, payload } = await bare.inject({ url })
    expect([statusCode, JSON.parse(payload).error_uri]).toEqual([
      503,
      'https://valetkey.test/errors/pages_not_built',
    ])
    await bare.close()
  },
)
