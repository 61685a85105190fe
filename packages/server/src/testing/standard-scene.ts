import { hash } from 'node:crypto'
import { deviceCodeGrant } from '@valetkey/protocol'
import type { FastifyInstance, LightMyRequestResponse } from 'fastify'
import { assertionOf, claimsOf, type Identity } from './assertion.ts'
import {
  authorizationParameters,
  type Challenge,
  freshChallenge,
  sentOnly,
} from './authorization-parameters.ts'
import {
  type Answer,
  aClient,
  type Person,
  parsed,
  redirectUri,
  signedInPerson,
  type TestClient,
} from './people.ts'
import { type BackAtApp, type Choice, injected, type ScriptedUser, scriptedUser } from './scripted-user.ts'
import { type TestDeps, type TestOverrides, testApp } from './test-deps.ts'

/** A developer, a user with one project, and a confidential client that may do all the standard dialect has. */
export interface StandardScene {
  readonly app: FastifyInstance
  readonly deps: TestDeps
  readonly developer: Person
  readonly user: Person
  readonly client: TestClient
  readonly browser: ScriptedUser
  /** Posts a form, as the client unless `as` says otherwise; a parameter that is undefined is left out. */
  post(path: StandardPath, form: Form, as?: Asking): Promise<Answer>
  /** A client assertion of RFC 7523; a claim that is undefined is left out. */
  assertion(claims?: object, header?: object, of?: Identity): Promise<string>
  /** Where the user is sent, with a challenge of its own unless the changes have one. */
  authorizationUrl(changes?: Form): string
  /** A browser asks for the page, signed in as the user or not at all. */
  visit(url: string, who?: 'user' | 'nobody', method?: 'GET' | 'POST'): Promise<LightMyRequestResponse>
  /** The user goes there and decides. */
  decide(changes?: Form, choice?: Choice): Promise<BackAtApp>
  /** A whole code, both halves. */
  code(changes?: Form, choice?: Choice): Promise<string>
  /** What redeems it: the verifier of its flow, or of the last one that began where the code was made in another way. */
  verifierOf(code: string): string
  /** Redeems it as the client. */
  exchange(code: string, changes?: Form): Promise<Answer>
  /** A code for this client, and the whole form that redeems it. */
  redeemable(of?: TestClient, changes?: Form, choice?: Choice): Promise<Form & { readonly code: string }>
  /** The answer to a whole flow, with `offline_access` unless the scope says otherwise. */
  granted(changes?: Form, choice?: Choice): Promise<Answer>
  /** What this client has at the end of a whole flow. @throws when it was refused */
  grantedTo(of: TestClient, changes?: Form, choice?: Choice): Promise<Answer['body']>
  close(): Promise<void>
}

export type Form = Readonly<Record<string, string | undefined>>
export type StandardPath = `/oauth2/${'token' | 'par' | 'device_authorization' | 'revoke' | 'introspect'}`

/** With an assertion of this client, or with what the form says alone. */
type Asking = Identity | 'nobody'

/** Of the first flow of a scene that brings no challenge; every later one has its own. */
export const code_verifier = 'a verifier of a test, long enough to be one'.replaceAll(/[ ,]/g, '-')
export const code_challenge = hash('sha256', code_verifier, 'base64url')
export const everyGrantType = ['authorization_code', 'refresh_token', deviceCodeGrant]
export const jwtBearer = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

export async function standardScene(overrides: TestOverrides = {}): Promise<StandardScene> {
  const { app, deps } = await testApp(overrides)
  const developer = await signedInPerson(deps, 'developer')
  const user = await signedInPerson(deps, 'user')
  await deps.network.createProject(user.account.id, 'First')
  const client = await aClient(app, developer, { grant_types: everyGrantType })
  const browser = scriptedUser(injected(app), user.token)

  const verifiers = new Map<string, string>()
  let last: Challenge = { code_verifier, code_challenge }
  let begun = 0
  const begin = (): Challenge => {
    if (begun++ > 0) last = freshChallenge()
    return last
  }
  const formOfCode = (code: string) => ({
    grant_type: 'authorization_code',
    code,
    redirect_uri: redirectUri,
    code_verifier: scene.verifierOf(code),
  })

  const scene: StandardScene = {
    app,
    deps,
    developer,
    user,
    client,
    browser,
    async post(path, form, as = client) {
      const proof =
        as === 'nobody'
          ? {}
          : { client_assertion: await scene.assertion({}, {}, as), client_assertion_type: jwtBearer }
      return posted(app, path, { ...proof, ...form })
    },
    async assertion(claims = {}, header = {}, of = client) {
      const occasion = { issuer: deps.settings.public_url, now: deps.clock.now() }
      return assertionOf(of, claimsOf(of.client_id, { ...occasion, ...claims }), header)
    },
    authorizationUrl(changes = {}) {
      const { code_challenge } = Object.hasOwn(changes, 'code_challenge') ? changes : begin()
      const parameters = authorizationParameters(client, { ...changes, code_challenge })
      return `/oauth2/authorize?${new URLSearchParams(parameters)}`
    },
    visit: async (url, who = 'user', method = 'GET') =>
      app.inject({
        method,
        url,
        headers: {
          accept: 'text/html',
          ...(who === 'user' ? { authorization: `Bearer ${user.token}` } : {}),
        },
      }),
    decide: (changes, choice) => browser.decide(scene.authorizationUrl(changes), choice),
    async code(changes, choice) {
      const url = scene.authorizationUrl(changes)
      const { code_verifier } = last
      const { parameters } = await browser.decide(url, choice)
      if (parameters.code === undefined) throw new Error(`no code: ${JSON.stringify(parameters)}`)
      verifiers.set(parameters.code, code_verifier)
      return parameters.code
    },
    verifierOf: (code) => verifiers.get(code) ?? last.code_verifier,
    exchange: (code, changes) => scene.post('/oauth2/token', { ...formOfCode(code), ...changes }),
    async redeemable({ client_id } = client, changes = {}, choice) {
      const code = await scene.code({ client_id, ...changes }, choice)
      return { ...formOfCode(code), redirect_uri: changes.redirect_uri ?? redirectUri }
    },
    granted: async (changes, choice) => scene.exchange(await scene.code(changes, choice)),
    async grantedTo(of, changes, choice) {
      const form = await scene.redeemable(of, changes, choice)
      const { status, body, text } = await scene.post('/oauth2/token', form, of)
      if (status !== 200) throw new Error(text)
      return body
    },
    close: () => deps.store.close(),
  }
  return scene
}

/** A form as it is sent, and what came back. */
export async function posted(
  app: FastifyInstance,
  url: string,
  form: Form | string,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const payload = typeof form === 'string' ? form : new URLSearchParams(sentOnly(form)).toString()
  const type = { 'content-type': 'application/x-www-form-urlencoded' }
  const answer = await app.inject({ method: 'POST', url, payload, headers: { ...type, ...headers } })
  const { statusCode, headers: answered, payload: text } = answer
  return { status: statusCode, headers: answered, text, body: parsed(text) }
}
