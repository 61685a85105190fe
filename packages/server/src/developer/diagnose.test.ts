import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { newClientId } from '../ids.ts'
import { openSqlite } from '../store/sqlite.ts'
import { clientsPath, type Person, redirectUri, signedInPerson, type TestClient } from '../testing/people.ts'
import { type RefusalScene, refusalScene } from '../testing/refusal-scene.ts'
import { anotherClient, causesIn, textsIn, tokenRequestsPath } from '../testing/token-requests.ts'

let folder: string
let scene: RefusalScene
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'diagnose-'))
  scene = await refusalScene({ store: await openSqlite(join(folder, 'valetkey.db')) })
})
afterEach(async () => {
  await scene.close()
  rmSync(folder, { recursive: true })
})

const diagnose = (request: unknown, who: Person | undefined = scene.developer) =>
  scene.ask(who, 'POST', `${tokenRequestsPath}/diagnose`, { request })

/** A good request of the scene's client, with changes. */
async function aForm(change: object = {}): Promise<Record<string, string>> {
  return {
    client_id: scene.client.client_id,
    client_secret: await scene.jwt({ jti: 'never-used-before' }),
    redirect_uri: redirectUri,
    code: await scene.code(),
    ...change,
  }
}

/** How people have a request at hand. */
const writings: Readonly<Record<string, (form: object) => string>> = {
  JSON: (form) => JSON.stringify(form, undefined, 2),
  'curl command': (form) =>
    `curl -X POST https://valetkey.test/api/v0/oauth2/token \\\n  -H 'Content-Type: application/json' \\\n  -d '${JSON.stringify(form)}'`,
  'HTTP request': (form) =>
    `POST /api/v0/oauth2/token HTTP/1.1\r\nHost: valetkey.test\r\nContent-Type: application/json\r\n\r\n${JSON.stringify(form)}`,
}

type Rows = Readonly<Record<string, string>>

/** The rows of every table, read beside the store's own code. */
function allRows(): Rows {
  const database = new DatabaseSync(join(folder, 'valetkey.db'))
  const tables = database.prepare("select name from sqlite_master where type = 'table'").all()
  const rows = tables.map(({ name }) => [
    String(name),
    JSON.stringify(database.prepare(`select * from "${name}"`).all()),
  ])
  database.close()
  return Object.fromEntries(rows)
}

describe('whatever the form it is pasted in', () => {
  test.each(Object.keys(writings))(
    'a good request as %s is ok, and no part of it is spent',
    async (writing) => {
      const form = await aForm()
      await scene.deps.recorder.flush()
      const before = allRows()
      const { status, body } = await diagnose(writings[writing]?.(form))
      expect(status).toBe(200)
      expect(body).toMatchObject({
        ok: true,
        client_id: scene.client.client_id,
        client_name: 'Photos',
        explanation: { first_failure: null },
      })
      await scene.deps.recorder.flush()
      const { audit_events: events = '', limit_windows: windows, ...after } = allRows()
      const { audit_events: _, limit_windows: earlier, ...others } = before
      expect(after).toEqual(others)
      expect(after.token_requests).toBe('[]')
      expect(JSON.parse(windows ?? '')).toHaveLength(JSON.parse(earlier ?? '').length + 1)
      expect(JSON.parse(events).at(-1)).toMatchObject({
        actor_id: scene.developer.account.id,
        action: 'token_request.diagnosed',
        resource: 'pasted',
        outcome: 'success',
      })
      const granted = await scene.token(form)
      expect(granted.status).toBe(200)
    },
  )

  test('a form tells that JSON is wanted, and what would come of it', async () => {
    const { body } = await diagnose(new URLSearchParams(await aForm()).toString())
    expect([body.ok, body.client_name, body.explanation.first_failure]).toEqual([
      false,
      'Photos',
      'read_request',
    ])
    expect(causesIn(body, 'read_request')).toEqual(['form_body'])
    const results = body.explanation.steps.slice(1).map(({ result }: { result: string }) => result)
    expect(new Set(results)).toEqual(new Set(['would_pass', 'not_reached']))
  })

  test('all that is wrong is told at once, the first of it marked', async () => {
    const code = await scene.code()
    scene.deps.clock.advance(61)
    const client_secret = await scene.jwt(
      { exp: scene.deps.clock.now() - 400, client_id: scene.client.client_id },
      `${scene.client.client_secret}\n`,
    )
    const { body } = await diagnose(
      `curl https://valetkey.test/api/v0/oauth2/token -d '${JSON.stringify({
        client_id: scene.client.client_id.toUpperCase(),
        client_secret: `Bearer ${client_secret}`,
        redirect_uri: `${redirectUri}/`,
        code,
        code_verifier: 'v'.repeat(43),
      })}'`,
    )
    expect([body.ok, body.explanation.first_failure]).toEqual([false, 'read_request'])
    expect(
      Object.fromEntries(
        [
          'read_request',
          'parse_jwt',
          'fetch_client',
          'verify_signature',
          'check_expiry',
          'match_client_id',
          'find_code',
          'check_code_expiry',
          'match_redirect_uri',
          'prove_possession',
        ].map((step) => [step, causesIn(body, step)]),
      ),
    ).toEqual({
      read_request: ['json_body_declared_form'],
      parse_jwt: ['bearer_prefix'],
      fetch_client: [],
      verify_signature: ['secret_with_whitespace'],
      check_expiry: ['expired'],
      match_client_id: ['client_id_in_other_case'],
      find_code: [],
      check_code_expiry: ['code_expired'],
      match_redirect_uri: ['redirect_uri_slash'],
      prove_possession: ['verifier_unasked'],
    })
  })

  test('what is missing is named, and what is there is looked at', async () => {
    const { body } = await diagnose(
      JSON.stringify({ client_id: scene.client.client_id, client_secret: 'x.y' }),
    )
    expect(causesIn(body, 'read_request')).toEqual(['parameter_missing'])
    expect(body.explanation.steps[0].findings[0].expected).toBe('redirect_uri, code')
    expect(causesIn(body, 'parse_jwt')).not.toEqual([])
  })

  test('a JWT that was used, a code that was redeemed and the verifier of another request are told', async () => {
    const form = await aForm()
    await scene.token(form)
    const { body } = await diagnose(JSON.stringify(form))
    expect(body.explanation.first_failure).toBe('check_jti')
    expect([causesIn(body, 'check_jti'), causesIn(body, 'check_not_spent')]).toEqual([
      ['jti_replayed'],
      ['code_retried'],
    ])
  })
})

describe('a client of another developer', () => {
  let victor: Person
  let theirs: TestClient
  beforeEach(async () => {
    victor = await signedInPerson(scene.deps, 'developer', 'Victor Example')
    theirs = await anotherClient(scene, victor, { name: 'Theirs' })
  })

  const states: Readonly<Record<string, () => Promise<unknown>>> = {
    'is there': async () => undefined,
    'used this jti': async () =>
      scene.token({
        client_id: theirs.client_id,
        client_secret: await scene.jwt({ client_id: theirs.client_id, jti: 'jti-1' }, theirs.client_secret),
      }),
    'is inactive': () => scene.ask(victor, 'PATCH', `${clientsPath}/${theirs.id}/status`, { status: 0 }),
    'was deleted': () => scene.ask(victor, 'DELETE', `${clientsPath}/${theirs.id}`),
  }

  test.each(Object.keys(states))('that %s is as unknown as none, whichever part names it', async (state) => {
    const code = await scene.code({ client_id: theirs.client_id })
    await states[state]?.()
    const seen = async (client_id: string, key: string, mine: object) => {
      const client_secret = await scene.jwt({ client_id, jti: 'jti-1' }, key)
      const form = { client_id, client_secret, redirect_uri: redirectUri, code, ...mine }
      const { status, text } = await diagnose(JSON.stringify(form))
      return { status, text: text.replaceAll(client_id, '<client>') }
    }
    for (const mine of [{}, { client_id: scene.client.client_id }, { client_id: undefined }]) {
      const none = await seen(newClientId(scene.deps), 'a key of nobody', mine)
      expect(none.status).toBe(200)
      expect(await seen(theirs.client_id, theirs.client_secret, mine)).toEqual(none)
      expect(await seen(theirs.client_id, 'a key of nobody', mine)).toEqual(none)
    }
  })

  test('is not named when its code or its secret is used for mine', async () => {
    const form = await aForm({
      client_secret: await scene.jwt({}, theirs.client_secret),
      code: await scene.code({ client_id: theirs.client_id }),
    })
    const { body, text } = await diagnose(JSON.stringify(form))
    expect(causesIn(body, 'verify_signature')).toEqual(['secret_differs'])
    expect(causesIn(body, 'find_code')).toEqual(['code_unknown'])
    for (const secret of [theirs.client_id, theirs.id, 'Theirs']) expect(text).not.toContain(secret)
  })
})

test('nothing of what is pasted is kept, in no log, no row and no file, and none of it is told back', async () => {
  const { deps, client } = scene
  const secrets = {
    client_secret: await scene.jwt({ jti: 'canary-jti-5d1f' }, 'canary-wrong-key-0123456789'),
    code: 'canary-code-9e107d9d372bb682',
    code_verifier: 'canary-verifier-0123456789-0123456789-0123456789',
    passphrase: 'canary-passphrase-7f3a9c',
    redirect_uri: 'https://photos.example/canary-redirect-1b2c',
  }
  const forms = [
    { client_id: client.client_id, ...secrets },
    { client_id: client.client_id, ...secrets, client_secret: client.client_secret },
    { client_id: client.client_id, ...secrets, client_secret: `"${secrets.client_secret}"` },
    { client_id: 'canary-client-id-77aa', ...secrets },
  ]
  const told: string[] = []
  for (const form of forms) {
    for (const write of [
      ...Object.values(writings),
      (it: Record<string, string>) => `${new URLSearchParams(it)}`,
    ]) {
      told.push((await diagnose(write(form))).text)
      told.push((await diagnose(write(form).slice(0, -9))).text)
    }
  }
  await diagnose('canary-of-no-form-at-all-31c4')
  await deps.recorder.flush()
  await deps.background.flush()
  const files = readdirSync(folder).map((name) => readFileSync(join(folder, name)).toString('latin1'))
  const left = [deps.logLines.join(''), JSON.stringify(allRows()), ...files]
  const canaries = [
    ...Object.values(secrets),
    secrets.client_secret.split('.')[2] ?? '',
    client.client_secret,
    'canary-',
  ]
  for (const canary of canaries) for (const place of left) expect(place.includes(canary), canary).toBe(false)
  const { redirect_uri: _, ...never } = secrets
  for (const canary of [...Object.values(never), canaries[5] ?? '', client.client_secret])
    for (const text of told) expect(text.includes(canary), canary).toBe(false)
})

describe('whatever is pasted', () => {
  const words = [
    'curl ',
    '-d ',
    "'",
    '"',
    '{',
    '}',
    ':',
    ',',
    'client_id',
    'client_secret',
    'code=',
    '&',
    'eyJhbGciOiJIUzI1NiJ9',
    '.',
    '\n',
    '\\',
    '\u001b',
    '\u202e',
    '\0',
    'POST / HTTP/1.1\n',
    '%00',
    '$X',
  ]
  const texts = fc.oneof(
    fc.string({ minLength: 1, maxLength: 200, unit: 'binary' }),
    fc.array(fc.constantFrom(...words), { minLength: 1, maxLength: 30 }).map((some) => some.join('')),
    fc
      .dictionary(
        fc.constantFrom(
          'client_id',
          'client_secret',
          'redirect_uri',
          'code',
          'code_verifier',
          'passphrase',
          'x',
        ),
        fc.oneof(fc.string({ unit: 'binary' }), fc.integer(), fc.constant(null)),
      )
      .map((form) => JSON.stringify(form)),
  )

  test('it is answered, printable, and every failed step says why', async () => {
    const quick = await scene.where({ settings: { ...scene.deps.settings, rate_limits: false } })
    await fc.assert(
      fc.asyncProperty(texts, async (request) => {
        const url = `${tokenRequestsPath}/diagnose`
        const { status, body } = await quick.ask(scene.developer, 'POST', url, { request })
        expect(status).toBe(200)
        for (const text of textsIn(body)) expect(text).toMatch(/^[\x20-\x7e]*$/)
        for (const { result, findings } of body.explanation.steps)
          expect(findings.length > 0).toBe(result === 'failed' || result === 'would_fail')
        expect(body.ok).toBe(false)
      }),
      { numRuns: 150 },
    )
  })

  test.each([[undefined], [''], [17], [null], ['x'.repeat(32_769)]])(
    '%j is no request to look at',
    async (request) => {
      expect((await diagnose(request)).status).toBe(400)
    },
  )

  test('32 KiB of it are', async () => {
    expect((await diagnose('{"client_id":'.repeat(2520))).status).toBe(200)
    expect((await diagnose('a=b&'.repeat(8192))).status).toBe(200)
  })
})

test('60 an hour for an account, then 429 and when to come again', async () => {
  for (let i = 0; i < 60; i++) expect((await diagnose('x')).status).toBe(200)
  const { status, headers } = await diagnose('x')
  expect([status, headers['retry-after']]).toEqual([429, '3600'])
})
