/** Whoever wants the answer sent elsewhere: redirect URIs that are nearly the registered one. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  aClient,
  ask,
  clientsPath,
  redirectUri,
  type TestClient,
} from '../../packages/server/src/testing/people.ts'
import { type StandardScene, standardScene } from '../../packages/server/src/testing/standard-scene.ts'

let scene: StandardScene
beforeEach(async () => {
  scene = await standardScene({ settings: { rate_limits: false } })
})
afterEach(() => scene.close())

const asksOf = (client_id: string) =>
  scene.deps.store.requests.history(scene.user.account.id, client_id, scene.deps.clock.now())

/** A page, whoever opens it, that leads nowhere; pushed and in the StorX dialect an error. */
async function expectNoRedirect(redirect_uri: string, client: TestClient = scene.client): Promise<void> {
  const { client_id } = client
  for (const who of ['user', 'nobody'] as const) {
    const { statusCode, headers, payload } = await scene.visit(
      scene.authorizationUrl({ client_id, redirect_uri }),
      who,
    )
    expect([statusCode, headers.location, headers.refresh]).toEqual([400, undefined, undefined])
    expect(headers['content-type']).toBe('text/html; charset=utf-8')
    expect(payload).not.toMatch(/evil|href="(?!\/)|action="(?!\/)/)
  }
  const { searchParams } = new URL(scene.authorizationUrl({ client_id, redirect_uri }), 'http://here')
  if (redirect_uri !== '')
    expect((await scene.post('/oauth2/par', Object.fromEntries(searchParams), client)).status).toBe(400)
  const form = { client_id, redirect_uri, scope: ['read'] }
  const storx = await ask(scene.app, scene.user, 'POST', '/api/v0/oauth2/request', form)
  expect(storx.status, storx.text).toBe(400)
  expect(await asksOf(client_id)).toEqual([])
}

test('the redirect URI that is registered leads to the consent page, so that each one below is refused for its one fault', async () => {
  const { statusCode, headers } = await scene.visit(scene.authorizationUrl())
  expect([statusCode, String(headers.location).startsWith('/consent/')]).toEqual([303, true])
})

describe('attack 21: redirect: path tricks', () => {
  test.each([
    'https://photos.example/callback/../evil',
    'https://photos.example/callback/..',
    'https://photos.example/x/../callback',
    'https://photos.example/./callback',
    'https://photos.example/callback%2f..',
    'https://photos.example/callback%2F..%2Fevil',
    'https://photos.example/callback;x',
    'https://photos.example/callback/',
    'https://photos.example//callback',
    'https://photos.example//evil.example/callback',
    'https://photos.example/callback/evil',
    'https://photos.example/callbackevil',
    'https://photos.example/Callback',
    'https://photos.example/c%61llback',
    'https://photos.example\\callback',
    'https://photos.example/\\evil.example',
    'https:\\\\photos.example\\callback',
    'https://photos.example/call\tback',
    'https://photos.example/callback\t',
    'https://photos.example/callback\n',
    'https://photos.example/callback\r\nLocation: https://evil.example',
    ' https://photos.example/callback',
    'https://photos.example/callback ',
    'https://photos.example/callback%00',
    'https://photos.example/callback%0a',
    '//photos.example/callback',
    '/callback',
    'callback',
    '//evil.example',
  ])('attack 21: redirect: path tricks: %j is a page, and nobody is redirected', async (uri) => {
    await expectNoRedirect(uri)
  })
})

describe('attack 22: redirect: host tricks', () => {
  test.each([
    'https://evil@photos.example/callback',
    'https://photos.example@evil.example/callback',
    'https://photos.example:secret@evil.example/callback',
    'https://photos.example.evil.example/callback',
    'https://evilphotos.example/callback',
    'https://x.photos.example/callback',
    'https://photos.example./callback',
    'https://photos.example..evil.example/callback',
    'https://PHOTOS.example/callback',
    'HTTPS://photos.example/callback',
    'https://photos.example:443/callback',
    'https://photos.example:8443/callback',
    'https://photos.example:/callback',
    'https://phоtos.example/callback',
    'https://xn--phtos-jye.example/callback',
    'https://photos。example/callback',
    'https://photos%2eexample/callback',
    'https://[::ffff:127.0.0.1]/callback',
    'https://2130706433/callback',
    'https://0x7f.1/callback',
    'https://127.1/callback',
    'https://photos.example%00.evil.example/callback',
    'https://photos.example#@evil.example/callback',
    'https://photos.example\\@evil.example/callback',
    'https:photos.example/callback',
    'https:///photos.example/callback',
  ])('attack 22: redirect: host tricks: %j is a page, and nobody is redirected', async (uri) => {
    await expectNoRedirect(uri)
  })
})

describe('attack 23: redirect: query and fragment', () => {
  test.each([
    `${redirectUri}?x=1`,
    `${redirectUri}?`,
    `${redirectUri}?code=evil`,
    `${redirectUri}#`,
    `${redirectUri}#x`,
    `${redirectUri}%23x`,
    `${redirectUri}&x=1`,
    `${redirectUri}%3Fx=1`,
    '',
  ])('attack 23: redirect: query and fragment: %j is a page, and nobody is redirected', async (uri) => {
    await expectNoRedirect(uri)
  })

  test('attack 23: redirect: query and fragment: redirect_uri twice is a page, whichever of them is registered', async () => {
    const other = encodeURIComponent('https://evil.example/callback')
    for (const more of [other, encodeURIComponent(redirectUri), '']) {
      for (const url of [
        `${scene.authorizationUrl()}&redirect_uri=${more}`,
        `/oauth2/authorize?redirect_uri=${more}&${scene.authorizationUrl().split('?')[1]}`,
        `${scene.authorizationUrl()}&redirect%5Furi=${more}`,
      ]) {
        const { statusCode, headers, payload } = await scene.visit(url)
        expect([statusCode, headers.location]).toEqual([400, undefined])
        expect(payload).not.toContain('evil')
      }
    }
  })

  test('attack 23: redirect: query and fragment: a fragment is not registered, and a query that is registered stays as it is', async () => {
    const register = (uri: string) =>
      ask(scene.app, scene.developer, 'POST', clientsPath, { name: 'Photos', redirect_uris: [uri] })
    expect((await register(`${redirectUri}#x`)).status).toBe(400)
    const client = await aClient(scene.app, scene.developer, {
      redirect_uris: [`${redirectUri}?tab=1&name=a%20b`],
    })
    for (const uri of [
      redirectUri,
      `${redirectUri}?tab=1`,
      `${redirectUri}?name=a%20b&tab=1`,
      `${redirectUri}?tab=1&name=a+b`,
    ])
      await expectNoRedirect(uri, client)
    const { client_id } = client
    const { url } = await scene.decide({
      client_id,
      redirect_uri: `${redirectUri}?tab=1&name=a%20b`,
      scope: 'read',
    })
    expect(url).toMatch(
      /^https:\/\/photos\.example\/callback\?tab=1&name=a%20b&code=[^&]+&state=[^&]+&iss=[^&]+$/,
    )
  })
})

describe('attack 24: redirect: schemes', () => {
  const schemes = [
    'javascript:alert(1)',
    'JavaScript:alert(1)//photos.example/callback',
    'data:text/html,<script>alert(1)</script>',
    'file:///etc/passwd',
    'about:blank',
    'blob:https://photos.example/1',
    'vbscript:x',
    'ftp://photos.example/callback',
    'ws://photos.example/callback',
    'photos:/callback',
    'http://photos.example/callback',
    'http://192.168.1.1/callback',
    'mailto:evil@evil.example',
    'urn:ietf:wg:oauth:2.0:oob',
    'view-source:https://photos.example/callback',
    'intent://callback#Intent;scheme=https;end',
  ]

  test.each(schemes)('attack 24: redirect: schemes: %j is a page, and is not registered', async (uri) => {
    await expectNoRedirect(uri)
    for (const application_type of ['web', 'native', 'browser']) {
      for (const [path, form] of [
        [clientsPath, { name: 'Photos', redirect_uris: [uri], application_type }],
        ['/oauth2/register', { client_name: 'Photos', redirect_uris: [uri], application_type }],
      ] as const) {
        const { status, body } = await ask(scene.app, scene.developer, 'POST', path, form)
        expect([status, body.error]).toEqual([400, 'invalid_redirect_uri'])
      }
    }
  })

  test('attack 24: redirect: schemes: one of an app on a device leads there when it is registered, and else nowhere', async () => {
    const native = { application_type: 'native', token_endpoint_auth_method: 'none' }
    const client = await aClient(scene.app, scene.developer, {
      ...native,
      redirect_uris: ['com.example.photos:/back'],
    })
    await expectNoRedirect('com.example.photos:/back')
    for (const uri of [
      'com.example.photos:/other',
      'com.example.photos2:/back',
      'com.example.photos://back',
      'COM.example.photos:/back',
    ]) {
      const { statusCode, headers } = await scene.visit(
        scene.authorizationUrl({ client_id: client.client_id, redirect_uri: uri }),
      )
      expect([statusCode, headers.location]).toEqual([400, undefined])
    }
    const right = { client_id: client.client_id, redirect_uri: 'com.example.photos:/back', scope: 'read' }
    expect((await scene.visit(scene.authorizationUrl(right))).statusCode).toBe(303)
  })
})

describe('attack 25: loopback', () => {
  const asked = async (client: TestClient, redirect_uri: string) => {
    const change = { client_id: client.client_id, redirect_uri, scope: 'read' }
    return (await scene.visit(scene.authorizationUrl(change))).statusCode
  }
  const native = (uri: string) =>
    aClient(scene.app, scene.developer, { application_type: 'native', redirect_uris: [uri] })

  test.each(['http://127.0.0.1', 'http://[::1]'])(
    'attack 25: loopback: an app on a device comes back to any port of %s, and to its path alone',
    async (origin) => {
      for (const registered of [`${origin}/cb`, `${origin}:8080/cb`]) {
        const client = await native(registered)
        for (const port of ['', ':1', ':8080', ':51004', ':65535'])
          expect(await asked(client, `${origin}${port}/cb`)).toBe(303)
        for (const uri of [
          `${origin}/other`,
          `${origin}:51004/cb/`,
          `${origin}:51004/cb?x=1`,
          `${origin}:51004/cb#x`,
          `${origin}:51004`,
          `${origin}:0/cb`,
          `${origin}:65536/cb`,
          `${origin}:080/cb`,
          `${origin}:/cb`,
          `${origin}:51004@evil.example/cb`,
          `${origin}.evil.example:51004/cb`,
          `${origin.replace('http', 'https')}:51004/cb`,
        ])
          expect([uri, await asked(client, uri)]).toEqual([uri, 400])
      }
    },
  )

  test.each([
    'http://localhost:51004/cb',
    'http://127.1:51004/cb',
    'http://0.0.0.0:51004/cb',
    'http://127.0.0.2:51004/cb',
    'http://127.000.000.001:51004/cb',
    'http://2130706433:51004/cb',
    'http://0x7f000001:51004/cb',
    'http://[::]:51004/cb',
    'http://[::ffff:127.0.0.1]:51004/cb',
    'http://[0:0:0:0:0:0:0:1]:51004/cb',
  ])('attack 25: loopback: %s is not 127.0.0.1', async (uri) => {
    expect(await asked(await native('http://127.0.0.1/cb'), uri)).toBe(400)
  })

  test('attack 25: loopback: a web app has the port that it registered, and no other', async () => {
    const client = await aClient(scene.app, scene.developer, { redirect_uris: ['http://127.0.0.1:8080/cb'] })
    expect(await asked(client, 'http://127.0.0.1:8080/cb')).toBe(303)
    expect(await asked(client, 'http://127.0.0.1:8081/cb')).toBe(400)
  })

  // Tutorials and frameworks say localhost, so it is registered as the loopback's numbers are; its port stays what it is,
  // since a name may be resolved to elsewhere.
  test('attack 25: loopback: localhost by name may be registered with http, and is compared letter by letter', async () => {
    const client = await native('http://localhost:3000/cb')
    expect(await asked(client, 'http://localhost:3000/cb')).toBe(303)
    for (const uri of [
      'http://localhost:3001/cb',
      'http://127.0.0.1:3000/cb',
      'http://localhost./cb',
      'http://LOCALHOST:3000/cb',
      'http://localhost.evil.example:3000/cb',
    ])
      expect([uri, await asked(client, uri)]).toEqual([uri, 400])
  })

  test.each([
    'http://127.1/cb',
    'http://0.0.0.0/cb',
    'http://127.0.0.2/cb',
    'http://[::]/cb',
    'http://localhost.example/cb',
    'http://2130706433/cb',
  ])('attack 25: loopback: %s is not registered', async (uri) => {
    const form = { name: 'Photos', redirect_uris: [uri], application_type: 'native' }
    expect((await ask(scene.app, scene.developer, 'POST', clientsPath, form)).status).toBe(400)
  })
})
