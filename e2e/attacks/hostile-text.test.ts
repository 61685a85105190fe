/** What strangers write stays text, and says nothing of its own. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  type Answer,
  aClient,
  ask,
  clientsPath,
  parsed,
  redirectUri,
} from '../../packages/server/src/testing/people.ts'
import {
  everyGrantType,
  jwtBearer,
  type StandardScene,
  standardScene,
} from '../../packages/server/src/testing/standard-scene.ts'
import { lookedUp } from './testing/looked-up.ts'

let scene: StandardScene
beforeEach(async () => {
  scene = await standardScene()
})
afterEach(() => scene.close())

const markup = [
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  "'-alert(1)-'",
  '</script><svg onload=alert(1)>',
  '</title><a href="javascript:alert(1)">',
  '{{7*7}}<%= 7*7 %>&lt;b&gt;',
]
/** What would do something if it were more than text. */
const live = /<script>alert|<img src=x|<svg onload|<a href="javascript|["'] onerror=/i

async function page(url: string, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
  const who = { authorization: `Bearer ${scene.user.token}`, accept: 'text/html' }
  const answer = await scene.app.inject({ method: 'GET', url, headers: { ...who, ...headers } })
  return { status: answer.statusCode, headers: answer.headers, text: answer.payload, body: undefined }
}

describe('attack 70: stored XSS', () => {
  test.each(markup)(
    'attack 70: stored XSS: a client and a user called %s are shown as text, and told as JSON',
    async (name) => {
      const { app, deps, developer } = scene
      await deps.store.users.rename(scene.user.account.id, name)
      await deps.store.developers.rename(developer.account.id, name)
      const client = await aClient(app, developer, {
        name,
        description: `${name} ${name}`,
        grant_types: everyGrantType,
      })
      expect(client.client_id).toBeDefined()
      const asked = await page(scene.authorizationUrl({ client_id: client.client_id }))
      const consent = await page(String(asked.headers.location))
      expect(consent.status).toBe(200)
      await scene.grantedTo(client)
      const device = await scene.post('/oauth2/device_authorization', { scope: 'read bucket:photos' }, client)
      const { request_id } = (
        await ask(app, scene.user, 'POST', '/device', { user_code: device.body.user_code })
      ).body
      const pages = {
        consent,
        'consent for a device': await page(`/consent/${request_id}`),
        'the sign-in page': await page(scene.authorizationUrl({ client_id: client.client_id }), {
          authorization: '',
        }),
        'connected apps': await page('/apps'),
        'the history of an app': await page(`/apps/${client.client_id}/history`),
        'the account': await page('/account'),
      }
      for (const [what, { text, headers }] of Object.entries(pages)) {
        expect(text, what).not.toMatch(live)
        expect(headers['content-type'], what).toMatch(/^text\/html/)
        expect(headers['content-security-policy'], what).toContain("default-src 'none'")
      }
      for (const what of ['consent', 'consent for a device'] as const) {
        const { text } = pages[what]
        expect(text, what).toContain(name.replaceAll(/[<>"'&]/g, (char) => `&#${char.codePointAt(0)};`))
        // Between the tags of a script nothing can end it.
        const [, data = ''] =
          /<script type="application\/json" id="page-data">(.*?)<\/script>/s.exec(text) ?? []
        expect(() => JSON.parse(data), what).not.toThrow()
        expect(data, what).not.toContain('<')
      }
      const listed = await ask(app, developer, 'GET', clientsPath)
      expect(listed.headers['content-type']).toMatch(/^application\/json/)
      expect(listed.headers['x-content-type-options']).toBe('nosniff')
      expect(listed.body.some((one: { name: string }) => one.name === name)).toBe(true)
    },
  )

  test('attack 70: stored XSS: nobody registers a name that reads other than it is written', async () => {
    const register = (name: string) =>
      ask(scene.app, scene.developer, 'POST', clientsPath, { name, redirect_uris: [redirectUri] })
    const dynamically = (client_name: string) =>
      ask(scene.app, scene.developer, 'POST', '/oauth2/register', {
        client_name,
        redirect_uris: [redirectUri],
      })
    for (const hidden of [
      '\u202e',
      '\u2066',
      '\u200b',
      '\u200d',
      '\ufeff',
      '\u0000',
      '\u0007',
      '\u001b[31m',
      '\n',
      '\u2028',
      '\ue000',
      '\u{e0041}',
    ]) {
      const name = `Photos${hidden}Album`
      expect((await register(name)).status, JSON.stringify(name)).toBe(400)
      expect((await dynamically(name)).body.error, JSON.stringify(name)).toBe('invalid_client_metadata')
    }
    expect((await register('Photos Album')).status).toBe(200)
  })

  test('attack 70: stored XSS: a user agent, a refused parameter and a redirect URI are text where they are shown again', async () => {
    const hostile = '<img src=x onerror=alert(1)>\u202e\u200b'
    const agent = { 'user-agent': '<img src=x onerror=alert(1)>' }
    const form = new URLSearchParams({
      grant_type: hostile,
      client_id: scene.client.client_id,
      client_secret: `${hostile}.${hostile}.x`,
    }).toString()
    const headers = { 'content-type': 'application/x-www-form-urlencoded', ...agent }
    const refused = await scene.app.inject({ method: 'POST', url: '/oauth2/token', headers, payload: form })
    expect(refused.body).not.toContain('alert')
    expect(refused.headers['content-type']).toMatch(/^application\/json/)
    const told = JSON.stringify(await lookedUp(scene, refused))
    expect(told).not.toMatch(/[\u202e\u200b]/)

    const device = await scene.app.inject({
      method: 'POST',
      url: '/oauth2/device_authorization',
      headers,
      payload: new URLSearchParams({
        scope: 'read',
        client_assertion: await scene.assertion(),
        client_assertion_type: jwtBearer,
      }).toString(),
    })
    const { request_id } = (
      await ask(scene.app, scene.user, 'POST', '/device', { user_code: device.json().user_code })
    ).body
    const consent = await page(`/consent/${request_id}`)
    expect(consent.text).toContain('&#60;img src=x onerror=alert(1)&#62;')
    for (const url of [
      scene.authorizationUrl({ client_id: hostile }),
      scene.authorizationUrl({ redirect_uri: `javascript:alert(1)//${hostile}` }),
      scene.authorizationUrl({ redirect_uri: `https://evil.example/${hostile}` }),
      scene.authorizationUrl({ request_uri: hostile }),
      `/device?user_code=${encodeURIComponent(hostile)}`,
      `/errors/${encodeURIComponent(hostile)}`,
      `/${encodeURIComponent(hostile)}`,
    ]) {
      const { text } = await page(url)
      expect(text, url).not.toMatch(live)
      expect(text, url).not.toContain('evil.example')
    }
    // What goes back to the app by a form, and the way back on a page.
    const state = `"><script>alert(1)</script>${hostile}`
    const wrong = await page(scene.authorizationUrl({ response_mode: 'form_post', scope: 'nonsense', state }))
    expect(wrong.text).not.toMatch(live)
    expect(wrong.text).toContain('&#34;&#62;&#60;script&#62;')
    const back = await page(scene.authorizationUrl({ prompt: 'none', state }), { authorization: '' })
    expect(back.text).not.toMatch(live)
  })
})

test('attack 71: log injection: whatever is sent, a request is one line, and the line is one event', async () => {
  await scene.close()
  scene = await standardScene({ settings: { trusted_proxies: ['127.0.0.1'] } })
  const breakers = [
    'a\nb',
    'a\r\nb',
    '\u001b[2J\u001b[31m',
    '"}\n{"event":"started","level":"info"}',
    '\u2028\u2029\u0085',
    '\\n\\u000a',
    '\u202e',
    '\u0000',
  ]
  const { logLines } = scene.deps
  const before = logLines.length
  let sent = 0
  const send = async (url: string, headers: Record<string, string>, payload = '') => {
    sent++
    await scene.app.inject({
      method: 'POST',
      url,
      headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
      payload,
    })
  }
  for (const text of breakers) {
    const coded = encodeURIComponent(text)
    await send('/oauth2/token', { 'user-agent': text, referer: text, host: text, origin: text })
    await send('/oauth2/token', {
      'x-forwarded-for': text,
      date: text,
      authorization: `Basic ${Buffer.from(`${text}:${text}`).toString('base64')}`,
    })
    await send(`/oauth2/${coded}?${coded}=${coded}`, {})
    await send(`/oauth2/token?${coded}`, {})
    for (const name of ['client_id', 'grant_type', 'client_secret', 'code', 'scope', 'token'])
      await send('/oauth2/token', {}, `${name}=${coded}&${coded}=1`)
    await send(
      '/api/v0/oauth2/token',
      { 'content-type': 'application/json' },
      JSON.stringify({ client_id: text, [text]: text }),
    )
    await send(
      '/api/v0/auth/token',
      { 'content-type': 'application/json' },
      JSON.stringify({ email: `${text}@example.com`, password: text }),
    )
  }
  // And where the fault is ours, with what a driver says in it; a NUL is refused before.
  const { store } = scene.deps
  const broken = new Error(`driver: ${breakers.join(' ')}`)
  Object.assign(store.clients, {
    toAuthenticate: () => Promise.reject(broken),
    findByClientId: () => Promise.reject(broken),
  })
  for (const text of breakers)
    await send(
      '/oauth2/token',
      {},
      `grant_type=refresh_token&refresh_token=x&client_id=${encodeURIComponent(text)}`,
    )
  await scene.deps.recorder.flush().catch(() => undefined)

  const lines = logLines.slice(before)
  const events = lines.map((line) => {
    expect(line.endsWith('\n')).toBe(true)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: exactly these must not be there
    expect(line.slice(0, -1)).not.toMatch(/[\u0000-\u001f\u007f]/)
    return parsed(line) as { event: string }
  })
  expect(events.filter(({ event }) => event === 'request')).toHaveLength(sent)
  expect(events.filter(({ event }) => event === 'request_failed').length).toBe(breakers.length - 1)
  expect(events.filter(({ event }) => event === 'started')).toEqual([])
})
