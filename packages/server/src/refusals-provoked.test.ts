/** Every reason in the table can be met, through the front, and its answer leads to a page that helps. */
import { randomBytes } from 'node:crypto'
import {
  noPermission,
  parseAccessGrant,
  restrictAccessGrant,
  serializeAccessGrant,
} from '@valetkey/access-grant'
import type { InjectOptions } from 'fastify'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { buildApp } from './app.ts'
import type { Cause } from './domain/explain/causes.ts'
import { standardMistakes } from './explained/testing/standard-mistakes.ts'
import { tokenHash } from './ids.ts'
import { formToken } from './pages/consent/form-token.ts'
import { createPasswords } from './passwords.ts'
import { pageOf, type Reason, type RefusalRow, refusals } from './refusals.ts'
import { createSealer } from './sealing.ts'
import { StoreUnavailable } from './store/store.ts'
import { anImportedClient, operator } from './testing/operator.ts'
import { type Answer, ask, clientsPath, redirectUri, signedInPerson } from './testing/people.ts'
import { type RefusalScene, refusalScene } from './testing/refusal-scene.ts'
import { type StandardScene, standardScene } from './testing/standard-scene.ts'
import { aWebhook, nowhere, webhooksPath } from './testing/webhooks.ts'

type Provoke = (scene: RefusalScene) => Promise<Answer>

const nobody = '01890000-0000-7000-8000-000000000000'
const unsigned = 'another key of some length, not the secret'
const rightToLeft = 'Pho\u202etos'
const registration = { email: 'ada@example.com', password: 'correct horse battery' }

const provocations = {
  // The HTTP request itself
  request_malformed: ({ token }) => token({ code: 1 }),
  content_type_unsupported: ({ send }) =>
    send({
      method: 'POST',
      url: '/api/v0/oauth2/token',
      payload: 'code=x',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    }),
  body_too_large: ({ token }) => token({ code: 'x'.repeat(17_000) }),
  method_not_allowed: ({ ask }) => ask(undefined, 'GET', '/api/v0/oauth2/token'),
  route_unknown: ({ ask }) => ask(undefined, 'GET', '/nowhere'),
  origin_foreign: ({ send, user }) =>
    send({
      method: 'POST',
      url: '/api/v0/projects',
      payload: { name: 'Second' },
      cookies: { _tokenKey: user.token },
      headers: { origin: 'https://evil.example' },
    }),
  rate_limited: async ({ ask, user }) => {
    const form = { password: 'x', newPassword: 'short' }
    const change = () => ask(user, 'POST', '/api/v0/auth/account/change-password', form)
    for (let tries = 0; tries < 10; tries++) expect((await change()).status).toBe(400)
    return change()
  },
  overloaded: async ({ where }) => {
    const full = await where({ passwords: createPasswords({ atOnce: 0, waiting: 0 }) })
    return full.ask(undefined, 'POST', '/api/v0/auth/token', registration)
  },
  store_unavailable: async ({ where, deps: { store } }) => {
    const read = () => Promise.reject(new StoreUnavailable('away'))
    return (await where({ store: { ...store, codes: { ...store.codes, read } } })).token()
  },
  pages_not_built: async ({ deps }) => {
    const bare = await buildApp(deps, { assets: undefined })
    const answer = await ask(bare, undefined, 'GET', '/sign-in')
    await bare.close()
    return answer
  },
  secret_unreadable: async ({ where }) =>
    (await where({ sealer: createSealer(Buffer.alloc(32, 8), randomBytes) })).token(),
  internal: async ({ where, deps: { network }, user }) => {
    const projectsOf = () => Promise.reject(new Error('a defect'))
    return (await where({ network: { ...network, projectsOf } })).ask(user, 'GET', '/api/v0/projects')
  },

  // Accounts
  not_signed_in: ({ ask, developer }) => ask(developer, 'GET', '/api/v0/projects'),
  login_wrong: ({ ask }) => ask(undefined, 'POST', '/api/v0/auth/token', registration),
  session_not_found: async ({ ask, deps, user }) => {
    const { token } = await signedInPerson(deps, 'user')
    return ask(user, 'DELETE', `/api/v0/auth/sessions/${tokenHash(token).slice(0, 16)}`)
  },
  email_taken: async ({ ask }) => {
    const register = (email: string) =>
      ask(undefined, 'POST', '/api/v0/auth/register', { ...registration, email })
    expect((await register('ada@example.com')).status).toBe(200)
    return register('Ada@Example.com')
  },
  email_malformed: ({ ask }) =>
    ask(undefined, 'POST', '/api/v0/auth/register', { ...registration, email: 'ada' }),
  password_unfit: ({ ask }) =>
    ask(undefined, 'POST', '/api/v0/auth/register', { ...registration, password: 'short' }),
  password_wrong: async ({ ask, deps, user }) => {
    await deps.store.users.setPassword(user.account.id, await deps.passwords.hash(registration.password))
    const { body } = await ask(undefined, 'POST', '/api/v0/auth/token', {
      ...registration,
      email: user.account.email,
    })
    const form = { password: 'not the one', newPassword: 'a new one, long enough' }
    return ask({ ...user, token: body.token }, 'POST', '/api/v0/auth/account/change-password', form)
  },
  mail_token_invalid: ({ ask }) => ask(undefined, 'GET', '/api/v0/auth/verify-reset-token?token=made-up'),
  name_unfit: ({ ask, user }) => ask(user, 'POST', '/api/v0/projects', { name: rightToLeft }),
  password_reset_not_due: ({ ask, user }) =>
    ask(user, 'POST', '/api/v0/auth/reset-password-after-login', { newPassword: registration.password }),
  project_not_yours: ({ ask, user }) => ask(user, 'GET', `/api/v0/projects/${nobody}/salt`),

  // Client management
  client_suspended: async ({ ask, deps, developer, client }) => {
    await deps.store.administration.suspendClient(client.id, { end_access: false }, deps.clock.now())
    return ask(developer, 'PATCH', `${clientsPath}/${client.id}/status`, { status: 1 })
  },
  client_not_found: ({ ask, developer }) => ask(developer, 'GET', `${clientsPath}/${nobody}`),
  client_name_unfit: ({ ask, developer }) =>
    ask(developer, 'POST', clientsPath, { name: rightToLeft, redirect_uris: [redirectUri] }),
  client_description_unfit: ({ ask, developer, client }) =>
    ask(developer, 'PUT', `${clientsPath}/${client.id}`, { description: rightToLeft }),
  client_secrets_too_many: async ({ ask, developer, client }) => {
    const url = `${clientsPath}/${client.id}/regenerate-secret`
    const rotate = () => ask(developer, 'POST', url, { keep_previous_for: 60 })
    expect((await rotate()).status).toBe(200)
    return rotate()
  },
  client_secret_not_found: ({ ask, developer, client }) =>
    ask(developer, 'DELETE', `${clientsPath}/${client.id}/secrets/${nobody}`),
  client_secret_newest: async ({ ask, deps, developer, client }) => {
    const [newest] = await deps.store.clients.secrets(client.id)
    return ask(developer, 'DELETE', `${clientsPath}/${client.id}/secrets/${newest?.id}`)
  },
  webhook_not_found: ({ ask, developer }) => ask(developer, 'GET', `${webhooksPath}/${nobody}`),
  webhook_url_unfit: ({ ask, developer }) =>
    ask(developer, 'POST', webhooksPath, { url: 'https://127.0.0.1/hook' }),
  webhooks_too_many: async ({ where, developer }) => {
    const open = await where({ poster: nowhere })
    for (let made = 0; made < 20; made++) await aWebhook(open, { url: `https://app.test/${made}` })
    return open.ask(developer, 'POST', webhooksPath, { url: 'https://app.test/one-more' })
  },
  webhook_disabled: async ({ where, developer }) => {
    const open = await where({ poster: nowhere })
    const { id } = await aWebhook(open, { url: 'https://app.test/hook' })
    await open.ask(developer, 'PATCH', `${webhooksPath}/${id}`, { state: 'disabled' })
    return open.ask(developer, 'POST', `${webhooksPath}/${id}/test`)
  },
  webhook_delivery_not_found: async ({ where, developer }) => {
    const open = await where({ poster: nowhere })
    const { id } = await aWebhook(open, { url: 'https://app.test/hook' })
    return open.ask(developer, 'POST', `${webhooksPath}/${id}/deliveries/grant_approved_${nobody}/redeliver`)
  },
  client_has_no_secret: async ({ ask, developer }) => {
    const form = { name: 'Tool', token_endpoint_auth_method: 'none', application_type: 'native' }
    const { client_id } = (
      await ask(developer, 'POST', clientsPath, { ...form, redirect_uris: [redirectUri] })
    ).body
    return ask(developer, 'POST', `${clientsPath}/${client_id}/regenerate-secret`)
  },
  client_metadata_unfit: ({ ask, developer }) =>
    ask(developer, 'POST', '/oauth2/register', {
      redirect_uris: [redirectUri],
      token_endpoint_auth_method: 'none',
    }),
  registration_token_invalid: ({ ask, developer, client }) =>
    ask(developer, 'GET', `/oauth2/register/${client.client_id}`),
  redirect_uri_unfit: ({ ask, developer, client }) =>
    ask(developer, 'POST', `${clientsPath}/${client.id}/redirect-uris`, { uri: 'http://photos.example/' }),
  redirect_uri_duplicate: ({ ask, developer, client }) =>
    ask(developer, 'POST', `${clientsPath}/${client.id}/redirect-uris`, { uri: redirectUri }),
  redirect_uri_not_registered: ({ ask, developer, client }) =>
    ask(developer, 'DELETE', `${clientsPath}/${client.id}/redirect-uris`, { uri: `${redirectUri}/` }),
  redirect_uri_last: ({ ask, developer, client }) =>
    ask(developer, 'DELETE', `${clientsPath}/${client.id}/redirect-uris`, { uri: redirectUri }),

  // Asking and deciding
  client_unknown_at_request: ({ request }) => request({ client_id: nobody }),
  client_inactive_at_request: async (scene) => {
    await switchOff(scene)
    return scene.request()
  },
  link_unproven: async ({ send, jwt }) => {
    const form = { client_id: nobody, client_secret: await jwt(), redirect_uri: redirectUri, scope: 'read' }
    return toldInPage(await send({ method: 'GET', url: `/oauth2-integration?${new URLSearchParams(form)}` }))
  },
  redirect_uri_unproven: ({ request }) => request({ redirect_uri: `${redirectUri}/` }),
  scope_invalid: ({ request }) => request({ scope: ['admin'] }),
  request_id_unknown: ({ consent }) => consent({ request_id: nobody }),
  request_not_pending: async ({ request, consent }) => {
    const { request_id } = (await request()).body
    expect((await consent({ request_id })).status).toBe(200)
    return consent({ request_id })
  },
  request_expired: async ({ request, consent, deps }) => {
    const { request_id } = (await request()).body
    deps.clock.advance(600)
    return consent({ request_id })
  },
  request_of_another_user: async ({ consent, deps }) => consent({}, await signedInPerson(deps, 'user')),
  project_not_found: ({ consent }) => consent({ project_id: nobody }),
  form_token_wrong: async ({ ask, request, user }) => {
    const { request_id } = (await request()).body
    return ask(user, 'POST', '/consent', { request_id, csrf_token: 'x', approve: false })
  },
  password_needed: async ({ ask, request, deps, user }) => {
    const { request_id } = (await request()).body
    const session = { token_hash: tokenHash(user.token) }
    deps.clock.advance(301)
    const csrf_token = formToken(deps, session, request_id)
    return ask(user, 'POST', '/consent', { request_id, csrf_token, approve: true, approved_scopes: ['read'] })
  },
  not_after_unfit: ({ consent, deps }) => consent({ not_after: deps.clock.now() }),
  sealed_keys_malformed: async ({ decide }) =>
    (await decide({ sealed_encryption_access: 'not what a browser seals' })).answer,
  encrypted_prefixes_differ: async ({ decide }) =>
    (await decide({ encrypted_prefixes: [] }, { scopes: ['read', 'bucket:photos'] })).answer,
  user_code_unknown: ({ ask, user }) => ask(user, 'POST', '/device', { user_code: 'BCDF-GHJK' }),
  sealed_half_malformed: async ({ decide }) => (await decide({ sealed_half: 'x' })).answer,

  // The authorization request, standard dialect
  credentials_in_address: (scene) => authorize(scene, { client_secret: 'x' }),
  response_type_unsupported: (scene) => authorize(scene, { response_type: 'token' }),
  request_object_unsupported: (scene) => authorize(scene, { request: 'a.b.c' }),
  registration_unsupported: (scene) => authorize(scene, { registration: '{}' }),
  pkce_missing: (scene) => authorize(scene, { code_challenge: '' }),
  pkce_method_wrong: (scene) => authorize(scene, { code_challenge_method: 'plain' }),
  code_challenge_malformed: (scene) => authorize(scene, { code_challenge: 'short' }),
  code_challenge_reused: async (scene) => {
    const { request, consent } = scene
    const { request_id } = (await request({ code_challenge: 'x'.repeat(43) })).body
    expect((await consent({ request_id })).status).toBe(200)
    return authorize(scene)
  },
  response_mode_unknown: (scene) => authorize(scene, { response_mode: 'fragment' }),
  resource_unknown: (scene) => authorize(scene, { resource: 'https://elsewhere.example' }),
  authorization_details_invalid: (scene) => authorize(scene, { scope: '', authorization_details: '[]' }),
  pushed_request_needed: async (scene) => {
    const { deps, client } = scene
    const change = { require_pushed_authorization_requests: true }
    await deps.store.clients.update(client.id, () => change, deps.clock.now())
    return authorize(scene)
  },
  request_uri_unknown: (scene) => authorize(scene, { request_uri: 'urn:made-up' }),
  interaction_needed: (scene) => authorize(scene, { prompt: 'none' }),

  // The token request: client authentication
  jwt_malformed: ({ token, client }) => token({ client_secret: client.client_secret }),
  claims_invalid: async ({ token, jwt }) => token({ client_secret: await jwt({ exp: undefined }) }),
  client_unknown: async ({ token, jwt }) =>
    token({ client_id: nobody, client_secret: await jwt({ client_id: nobody }) }),
  client_inactive: async (scene) => {
    await switchOff(scene)
    return scene.token()
  },
  profile_disabled: async ({ token, deps, client }) => {
    await deps.store.clients.update(client.id, () => ({ storx_profile: false }), deps.clock.now())
    return token()
  },
  signature_wrong: async ({ token, jwt }) => token({ client_secret: await jwt({}, unsigned) }),
  assertion_replayed: async ({ token, jwt }) => {
    const client_secret = await jwt({ jti: 'once' })
    expect((await token({ client_secret })).body.error).toBe('invalid_code')
    return token({ client_secret })
  },
  assertion_expired: async ({ token, jwt, deps }) =>
    token({ client_secret: await jwt({ exp: deps.clock.now() - 40 }) }),
  client_id_mismatch: ({ token }) => token({ client_id: nobody }),

  // The token request: the code
  code_unknown: ({ token }) => token(),
  code_of_another_client: async ({ ask, developer, code, token, jwt }) => {
    const { client_id, client_secret: key } = (
      await ask(developer, 'POST', clientsPath, { name: 'Other', redirect_uris: [redirectUri] })
    ).body
    return token({ client_id, client_secret: await jwt({ client_id }, key), code: await code() })
  },
  code_replayed: async ({ code, token }) => {
    const spent = await code()
    expect((await token({ code: spent })).status).toBe(200)
    return token({ code: spent })
  },
  code_revoked: async ({ ask, user, client, code, token }) => {
    const unspent = await code()
    await ask(user, 'DELETE', `/api/v0/auth/developer-access/${client.client_id}/revoke`)
    return token({ code: unspent })
  },
  project_gone: async ({ where, deps: { store }, code }) => {
    const read: typeof store.codes.read = async (...which) => ({
      ...(await store.codes.read(...which)),
      project: undefined,
    })
    const unspent = await code()
    return (await where({ store: { ...store, codes: { ...store.codes, read } } })).token({ code: unspent })
  },
  code_expired: async ({ code, token, deps }) => {
    const late = await code()
    deps.clock.advance(60)
    return token({ code: late })
  },
  redirect_uri_differs: async ({ code, token }) =>
    token({ code: await code(), redirect_uri: `${redirectUri}/` }),
  code_verifier_wrong: async ({ code, token }) => {
    const code_challenge = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM'
    return token({ code: await code({ code_challenge }), code_verifier: code_challenge })
  },
  passphrase_with_sealed_keys: async ({ sealedCode, token }) => token({ code: await sealedCode() }),
  browser_half_wrong: async ({ sealedCode, token }) => {
    const [[first], [, second]] = [(await sealedCode()).split('.'), (await sealedCode()).split('.')]
    return token({ code: `${first}.${second}`, passphrase: undefined })
  },

  // The token request: standard dialect
  credentials_missing: inStandard('proof_missing'),
  auth_method_wrong: inStandard('auth_method_differs'),
  credentials_twice: ({ send }) => send(tokenForm({ client_secret: 'a.b.c', client_assertion: 'a.b.c' })),
  assertion_type_unknown: ({ send }) => send(tokenForm({ client_assertion: 'a.b.c' })),
  grant_type_unsupported: inStandard('grant_type_unsupported'),
  grant_type_unregistered: inStandard('grant_type_unregistered'),
  form_expected: inStandard('form_expected'),
  access_wider: inStandard('access_wider'),
  access_unregistered: inStandard('access_unregistered'),
  access_over: inStandard('access_over'),
  storage_keys_wrong: inStandard('storage_keys_wrong'),
  refresh_token_unknown: inStandard('refresh_token_unknown'),
  refresh_token_reused: inStandard('refresh_token_reused'),
  refresh_token_expired: inStandard('refresh_token_expired'),
  access_ended: inStandard('access_ended'),
  storage_keys_missing: inStandard('storage_keys_missing'),
  access_grant_foreign: inStandard('access_grant_foreign'),
  device_code_unknown: inStandard('device_code_unknown'),
  device_pending: inStandard('device_pending'),
  device_too_fast: inStandard('device_too_fast'),
  device_denied: inStandard('device_denied'),
  device_expired: inStandard('device_expired'),
  token_part_of_another: inStandardScene(async (scene) => {
    const { access_token } = (await scene.granted()).body
    const token = serializeAccessGrant(
      restrictAccessGrant(
        parseAccessGrant(access_token),
        { ...noPermission, allow_list: true },
        [],
        randomBytes(4),
      ),
    )
    return scene.post('/oauth2/revoke', { token })
  }),

  // Connected apps
  grant_not_found: ({ ask, user, client }) =>
    ask(user, 'DELETE', `/api/v0/auth/developer-access/${client.client_id}/revoke`),

  // Explanations
  token_request_not_found: ({ ask, developer }) =>
    ask(developer, 'GET', `/api/v0/developer/auth/token-requests/${'0'.repeat(32)}`),

  // Administration
  operator_unproven: inOffice(({ ask, developer }) => ask(developer, 'GET', '/api/developers')),
  account_not_found: inOffice(({ ask }) => ask(operator, 'GET', `/api/developers/${nobody}`)),
  account_closing: inOffice(async ({ ask, deps, user }) => {
    await deps.store.users.setState(user.account.id, 'closing')
    return ask(operator, 'POST', `/api/v0/admin/users/${user.account.email}/suspend`)
  }),
  registered_client_not_found: inOffice(({ ask }) => ask(operator, 'GET', `/api/v0/admin/clients/${nobody}`)),
  import_unfit: inOffice(({ ask }) =>
    ask(operator, 'POST', '/api/v0/admin/clients/import', { clients: [{ client_id: nobody }] }),
  ),
  import_overtaken: inOffice(async ({ ask, where, deps }) => {
    const { administration } = deps.store
    const overtaken = { ...administration, import: async () => false }
    const place = await where({ store: { ...deps.store, administration: overtaken } })
    expect((await ask(operator, 'GET', '/api/v0/admin/statistics')).status).toBe(200)
    return place.ask(operator, 'POST', '/api/v0/admin/clients/import', { clients: [anImportedClient()] })
  }),
} satisfies Record<Reason, Provoke>

/**
 * Sends the user to the authorization endpoint. What the app is told in its redirect, or the user in a page, as the body
 * of an answer.
 */
async function authorize({ send, user, client, deps }: RefusalScene, change: object = {}): Promise<Answer> {
  const parameters = {
    response_type: 'code',
    client_id: client.client_id,
    redirect_uri: redirectUri,
    scope: 'read',
    code_challenge: 'x'.repeat(43),
    code_challenge_method: 'S256',
    ...change,
  }
  const answer = await send({
    method: 'GET',
    url: `/oauth2/authorize?${new URLSearchParams(parameters)}`,
    cookies: { _tokenKey: user.token },
  })
  if (answer.status !== 303) return toldInPage(answer)
  const trace_id = String(answer.headers['x-trace-id'])
  await deps.recorder.flush()
  const error_uri = `https://valetkey.test/errors/${loggedReason(trace_id)}`
  const error = new URL(String(answer.headers.location)).searchParams.get('error')
  // The status is that of the redirect; the refusal itself has another one.
  return { ...answer, status: 400, body: { error, error_uri, trace_id } }
}

/** What a page tells the developer of the app, as the body of an answer does. */
function toldInPage(page: Answer): Answer {
  const read = (pattern: RegExp) => pattern.exec(page.text)?.[1] ?? ''
  const body = {
    error: read(/<code>(\w+)<\/code>:/),
    error_uri: `https://valetkey.test${read(/href="(\/errors\/\w+)"/)}`,
    trace_id: read(/id="trace-id">(\w+)</),
  }
  return { ...page, body }
}

const tokenForm = (form: Readonly<Record<string, string>>): InjectOptions => ({
  method: 'POST',
  url: '/oauth2/token',
  payload: new URLSearchParams(form).toString(),
  headers: { 'content-type': 'application/x-www-form-urlencoded' },
})

/** What a mistake in the standard dialect is answered with. */
function inStandard(cause: Cause): Provoke {
  const mistake = standardMistakes.find((one) => one.cause === cause)
  if (mistake === undefined) throw new Error(`no mistake leads to ${cause}`)
  return inStandardScene(mistake.make)
}

/** In a place of its own, with clients of every kind. */
function inStandardScene(make: (scene: StandardScene) => Promise<Answer>): Provoke {
  return async ({ deps: { logLines } }) => {
    const scene = await standardScene()
    try {
      const answer = await make(scene)
      await scene.deps.recorder.flush()
      logLines.push(...scene.deps.logLines)
      return answer
    } finally {
      await scene.close()
    }
  }
}

/** The same place with the operator's door. */
function inOffice(provoke: Provoke): Provoke {
  return async ({ where, deps }) =>
    provoke(await where({ settings: { ...deps.settings, admin_token: operator.token } }))
}

async function switchOff({ ask, developer, client }: RefusalScene): Promise<void> {
  const { status } = await ask(developer, 'PATCH', `${clientsPath}/${client.id}/status`, { status: 0 })
  expect(status).toBe(200)
}

let scene: RefusalScene
beforeEach(async () => {
  scene = await refusalScene()
})
afterEach(() => scene.close())

test.each(Object.entries(provocations) as [Reason, Provoke][])(
  '%s is answered as its row says, named in the log, and explained on its page',
  async (reason, provoke) => {
    const row: RefusalRow = refusals[reason]
    const { status, body } = await provoke(scene)
    expect({ status, error: body.error }).toEqual({ status: row.status, error: row.error })
    expect(body.error_uri).toBe(`https://valetkey.test/errors/${pageOf(reason)}`)
    expect(loggedReason(body.trace_id)).toBe(reason)

    const page = await scene.ask(undefined, 'GET', new URL(body.error_uri).pathname)
    expect(page.status).toBe(200)
    const words = readable(page.text)
    for (const text of [row.explanation, row.fix, row.snippet ?? '', row.error]) expect(words).toContain(text)
  },
)

/** What the one line of this request in the log names as the reason. */
function loggedReason(trace_id: string): unknown {
  const lines = scene.deps.logLines.map((line): Record<string, unknown> => JSON.parse(line))
  return lines.find((line) => line.event === 'request' && line.trace_id === trace_id)?.reason
}

/** The text of a page, as a browser shows it. */
const readable = (page: string): string =>
  page.replaceAll(/<[^>]*>/g, '').replaceAll(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code)))

describe('error_uri says no more than the body it stands in', () => {
  const bodies = (...answers: readonly Answer[]) =>
    new Set(answers.map(({ status, body }) => JSON.stringify([status, { ...body, trace_id: '' }])))

  test('when the JWT has expired: alike for an unknown client and a wrong secret', async () => {
    const { token, jwt, deps } = scene
    const exp = deps.clock.now() - 312
    const unknown = await token({ client_id: nobody, client_secret: await jwt({ client_id: nobody, exp }) })
    const forged = await token({ client_secret: await jwt({ exp }, unsigned) })
    expect(unknown.body.error_description).toContain('expired')
    expect(unknown.body.error_uri).toBe('https://valetkey.test/errors/client_authentication_failed')
    expect(bodies(unknown, forged).size).toBe(1)
  })

  test('when JWT and request name two clients: alike whether or not either exists, or the secret is right', async () => {
    const { token, jwt } = scene
    const answers = [
      await token({ client_secret: await jwt({ client_id: nobody }) }),
      await token({ client_id: nobody, client_secret: await jwt({}, unsigned) }),
      await token({ client_id: nobody }),
    ]
    expect(answers[0]?.body.error_description).toContain('names another client_id')
    expect(bodies(...answers).size).toBe(1)
  })
})
