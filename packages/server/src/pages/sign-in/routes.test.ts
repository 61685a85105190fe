import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { AccountKind } from '../../domain/account.ts'
import { cookieNames } from '../../http/sessions.ts'
import { signedInPerson } from '../../testing/people.ts'
import { type TestDeps, testApp } from '../../testing/test-deps.ts'

let app: FastifyInstance
let deps: TestDeps
beforeAll(async () => {
  ;({ app, deps } = await testApp())
})
afterAll(() => app.close())

const prefixes: Record<AccountKind, string> = { user: '', developer: '/console' }
const names = ['sign-in', 'register', 'forgot-password', 'reset-password']
const kinds: readonly AccountKind[] = ['user', 'developer']
const paths = kinds.flatMap((kind) => names.map((name) => `${prefixes[kind]}/${name}`))

const get = (url: string, cookies: Record<string, string> = {}, server = app) =>
  server.inject({ method: 'GET', url, cookies })
const dataOf = (body: string) =>
  JSON.parse(/<script type="application\/json" id="page-data">(.*?)<\/script>/s.exec(body)?.[1] ?? '')

describe.each(paths)('%s', (path) => {
  test('runs only the server’s own files, in nobody’s frame, and is kept nowhere', async () => {
    const { statusCode, headers } = await get(path)
    expect(statusCode).toBe(200)
    expect(headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy':
        "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
      'x-frame-options': 'DENY',
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
      'cache-control': 'no-store',
    })
  })

  test('has nothing inline, and whatever it names is there', async () => {
    const { body } = await get(path)
    expect(body).not.toMatch(/<style|\bstyle=|\son\w+=|<script>|>undefined|undefined<|\[object/)
    const addresses = [...body.matchAll(/(?:href|src)="([^"#]+)/g)].map(([, address = '']) => address)
    expect(addresses.length).toBeGreaterThan(4)
    for (const address of addresses) expect([200, 303]).toContain((await get(address)).statusCode)
  })

  test('has one main, one h1, a label for every field, and says that it needs scripts', async () => {
    const { body } = await get(path)
    for (const once of ['<main', '<h1', '<noscript>']) expect(body.split(once)).toHaveLength(2)
    for (const [, id] of body.matchAll(/<input type="(?:text|password)"[^>]* id="(\w+)"/g))
      expect(body).toContain(`<label for="${id}">`)
  })

  test('never lets a browser send the form by itself, least of all into an address', async () => {
    const { body } = await get(path)
    const forms = [...body.matchAll(/<form [^>]*>/g)]
    expect(forms.length).toBeGreaterThan(0)
    for (const [form] of forms) expect(form).toContain('method="post"')
    for (const [button] of body.matchAll(/<button type="submit"[^>]*>/g))
      expect(button).toMatch(/ disabled>$/)
  })

  test('carries hostile text nowhere', async () => {
    const hostile = '/apps"><script>alert(1)</script>'
    const { body } = await get(`${path}?return_to=${encodeURIComponent(hostile)}&x=<script>`)
    expect(body).not.toContain('alert(1)')
  })
})

describe.each(kinds)('the door for a %s', (kind) => {
  const other: AccountKind = kind === 'user' ? 'developer' : 'user'
  const home = { user: '/apps', developer: '/console' }[kind]
  const good = { user: '/account?a=1&b=2', developer: '/console/clients?a=1&b=2' }[kind]
  const asking = `?return_to=${encodeURIComponent(good)}`

  test.each(names)('says on %s whom it is for, and leads to the other one', async (name) => {
    const { body } = await get(`${prefixes[kind]}/${name}`)
    expect(body).toMatch(
      kind === 'user' ? /For (people who keep|your storage)/ : /For (people who build|your developer)/,
    )
    expect(body).toContain(`href="${prefixes[other]}/sign-in"`)
    expect(dataOf(body)).toEqual({
      kind,
      api: kind === 'user' ? '/api/v0/auth' : '/api/v0/developer/auth',
      next: { go_to: home },
    })
  })

  test('leads back to where somebody came from, over the page for registering as well', async () => {
    for (const name of ['sign-in', 'register'])
      expect(dataOf((await get(`${prefixes[kind]}/${name}${asking}`)).body).next).toEqual({ go_to: good })
    const { body } = await get(`${prefixes[kind]}/sign-in${asking}`)
    expect(body).toContain(`href="${prefixes[kind]}/register${asking}"`)
  })

  test.each(['https://evil.example/', '//evil.example', '/\\evil.example', '/%09/evil.example'])(
    'never leads to %s',
    async (evil) => {
      const url = `${prefixes[kind]}/sign-in?return_to=${encodeURIComponent(evil)}`
      const { body } = await get(url)
      expect(dataOf(body).next).toEqual({ go_to: home })
      expect(body).not.toContain('evil')
      const { token } = await signedInPerson(deps, kind)
      expect((await get(url, { [cookieNames[kind]]: token })).headers.location).toBe(home)
    },
  )

  test('lets whoever is signed in go on at once, and nobody who is signed in at the other', async () => {
    const { token } = await signedInPerson(deps, kind)
    for (const name of ['sign-in', 'register']) {
      const { statusCode, headers } = await get(`${prefixes[kind]}/${name}${asking}`, {
        [cookieNames[kind]]: token,
      })
      expect([statusCode, headers.location]).toEqual([303, good])
      const there = await get(`${prefixes[other]}/${name}`, {
        [cookieNames[kind]]: token,
        [cookieNames[other]]: token,
      })
      expect(there.statusCode).toBe(200)
    }
  })

  test('says that a session ended to those alone whom it led here', async () => {
    const words = 'Your session ended. Sign in and you are back where you were.'
    const at = async (query: string) => (await get(`${prefixes[kind]}/sign-in${query}`)).body
    expect(await at('?ended=1')).toContain(words)
    for (const query of ['', '?ended=', '?ended=2', '?ended=1&ended=1'])
      expect(await at(query)).not.toContain(words)
  })

  test('makes an account for a tab that waits, and leads nowhere then', async () => {
    const { body } = await get(`${prefixes[kind]}/register?after=close`)
    expect(dataOf(body).next).toBe('close')
    expect(body).toContain('Your account is ready. Go back to the tab in which the app asked.')
    expect(dataOf((await get(`${prefixes[kind]}/register?after=x`)).body).next).toEqual({ go_to: home })
  })

  test('takes two addresses to return to for none', async () => {
    const { body } = await get(`${prefixes[kind]}/sign-in?return_to=${home}&return_to=${home}`)
    expect(dataOf(body).next).toEqual({ go_to: home })
  })

  test('says about mails what is true of this server, and not where they are', async () => {
    const url = `${prefixes[kind]}/forgot-password`
    const { body } = await get(url)
    expect(body).toContain('It keeps its mails in its outbox folder')
    expect(body).not.toContain(deps.settings.data)
    const posting = await testApp({ settings: { smtp_url: 'smtp://mail.example' } })
    expect((await get(url, {}, posting.app)).body).not.toContain('outbox')
    await posting.app.close()
  })

  test('tells password managers what is what', async () => {
    const autocompletes = async (name: string) =>
      [...(await get(`${prefixes[kind]}/${name}`)).body.matchAll(/autocomplete="([^"]*)"/g)].map(
        ([, what]) => what,
      )
    expect(await autocompletes('sign-in')).toEqual(['username', 'current-password'])
    expect(await autocompletes('register')).toEqual(['name', 'username', 'new-password', 'one-time-code'])
    expect(await autocompletes('reset-password')).toEqual(['new-password'])
  })
})

test('the first page leads to both doors', async () => {
  const { statusCode, headers, body } = await get('/')
  expect([statusCode, headers['content-security-policy']]).toEqual([
    200,
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  ])
  expect(body).toContain('href="/apps"')
  expect(body).toContain('href="/console"')
})

describe('where nothing is', () => {
  const accept = 'text/html,application/xhtml+xml,*/*;q=0.8'

  test('a browser gets a page, which does not repeat what was asked', async () => {
    const { statusCode, headers, body } = await app.inject({ url: '/nowhere<b>', headers: { accept } })
    expect([statusCode, headers['content-type']]).toEqual([404, 'text/html; charset=utf-8'])
    expect(headers['content-security-policy']).toContain("default-src 'none'")
    expect([headers['x-content-type-options'], headers['cache-control']]).toEqual(['nosniff', 'no-store'])
    expect(body).toContain('<h1>There is nothing at this address</h1>')
    expect(body).not.toContain('nowhere')
  })

  test.each([
    ['GET', '*/*'],
    ['GET', 'application/json'],
    ['POST', accept],
    ['DELETE', accept],
  ] as const)('a program that asks with %s and accepts %s gets JSON', async (method, accepted) => {
    const { statusCode, body } = await app.inject({ method, url: '/nowhere', headers: { accept: accepted } })
    expect([statusCode, JSON.parse(body).error]).toEqual([404, 'not_found'])
  })
})
