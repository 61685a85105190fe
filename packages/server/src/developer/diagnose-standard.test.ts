/** Pasted requests of the standard dialect: what a right one is told, and what each mistake. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { sentOnly } from '../testing/authorization-parameters.ts'
import { aClient } from '../testing/people.ts'
import { type Form, jwtBearer, type StandardScene, standardScene } from '../testing/standard-scene.ts'
import { causesIn, type ExplainedStep, tokenRequestsPath } from '../testing/token-requests.ts'

let scene: StandardScene
beforeEach(async () => {
  scene = await standardScene()
})
afterEach(() => scene.close())

const url = 'https://valetkey.test/oauth2/token'

async function diagnose(request: string) {
  const { token } = scene.developer
  const answer = await scene.app.inject({
    method: 'POST',
    url: `${tokenRequestsPath}/diagnose`,
    headers: { authorization: `Bearer ${token}` },
    payload: { request },
  })
  expect(answer.statusCode, answer.payload).toBe(200)
  return answer.json()
}

const encoded = (form: Form): string => new URLSearchParams(sentOnly(form)).toString()
const curl = (form: Form, to = url): string =>
  `curl ${Object.entries(sentOnly(form))
    .map(([name, value]) => `--data-urlencode '${name}=${value}'`)
    .join(' ')} ${to}`

/** A good request with a client assertion, with changes. */
async function aForm(changes: Form = {}): Promise<Form> {
  return {
    ...(await scene.redeemable()),
    client_assertion: await scene.assertion(),
    client_assertion_type: jwtBearer,
    ...changes,
  }
}

const resultOf = (body: { explanation: { steps: ExplainedStep[] } }, step: string) =>
  body.explanation.steps.find((one) => one.step === step)?.result

describe('a good request is ok, and no part of it is spent', () => {
  const writings: Readonly<Record<string, (form: Form) => string>> = {
    'curl command': curl,
    'curl command without a scheme': (form) => curl(form, 'valetkey.test/oauth2/token'),
    'HTTP request': (form) =>
      `POST /oauth2/token HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded\r\n\r\n${encoded(form)}`,
    form: encoded,
  }
  test.each(Object.keys(writings))('as %s', async (writing) => {
    const form = await aForm()
    const body = await diagnose(writings[writing]?.(form) ?? '')
    expect(body).toMatchObject({
      ok: true,
      client_id: scene.client.client_id,
      client_name: 'Photos',
      explanation: { first_failure: null },
    })
    expect(resultOf(body, 'check_grant_type')).toBe('passed')
    expect(resultOf(body, 'prove_possession')).toBe('passed')
    expect((await scene.post('/oauth2/token', form, 'nobody')).status).toBe(200)
  })

  test.each(['-u', 'a header'])('with HTTP Basic by %s', async (how) => {
    const form = await scene.redeemable()
    const pair = `${scene.client.client_id}:${await scene.assertion()}`
    const option =
      how === '-u' ? `-u '${pair}'` : `-H 'Authorization: Basic ${Buffer.from(pair).toString('base64')}'`
    const body = await diagnose(`${curl(form)} ${option}`)
    expect([body.ok, body.client_id]).toEqual([true, scene.client.client_id])
  })
})

test('JSON is the mistake here, and the rest is told all the same', async () => {
  const body = await diagnose(`curl ${url} --json '${JSON.stringify(await aForm())}'`)
  expect([body.ok, causesIn(body, 'read_request')]).toEqual([false, ['form_expected']])
  expect(resultOf(body, 'verify_signature')).toBe('would_pass')
})

test('a JWT that another secret signed fails by its signature', async () => {
  const client_assertion = await scene.assertion({}, {}, { ...scene.client, client_secret: 'x'.repeat(43) })
  const body = await diagnose(curl(await aForm({ client_assertion })))
  expect([body.ok, body.explanation.first_failure]).toEqual([false, 'verify_signature'])
})

test('the short claims of the StorX dialect are not enough in client_assertion', async () => {
  const { client_id } = scene.client
  const short = { iss: undefined, sub: undefined, aud: undefined, jti: undefined, client_id }
  const body = await diagnose(curl(await aForm({ client_assertion: await scene.assertion(short) })))
  expect([body.ok, body.explanation.first_failure]).toEqual([false, 'read_claims'])
})

test.each([
  ['nothing at all', {}, 'credentials_missing', 'read_request'],
  ['two at once', { client_secret: 'a', client_assertion: 'a' }, 'credentials_twice', 'read_request'],
  ['an assertion of no type', { client_assertion: 'e30.e30.c2ln' }, 'assertion_type_unknown', 'read_request'],
])('a proof that is %s is told', async (_what, proof, cause, step) => {
  const body = await diagnose(curl({ ...(await scene.redeemable()), ...proof }))
  expect([body.ok, body.explanation.first_failure, causesIn(body, step)]).toEqual([false, step, [cause]])
})

test('a client_id alone is proof for public clients, and for no others', async () => {
  const publicOne = await aClient(scene.app, scene.developer, {
    name: 'Pages',
    token_endpoint_auth_method: 'none',
    application_type: 'browser',
  })
  const ofPublic = {
    ...(await scene.redeemable(publicOne, { scope: 'read' })),
    client_id: publicOne.client_id,
  }
  expect((await diagnose(curl(ofPublic))).ok).toBe(true)
  const form = { ...(await scene.redeemable()), client_id: scene.client.client_id }
  const body = await diagnose(curl(form))
  expect([body.explanation.first_failure, causesIn(body, 'fetch_client')]).toEqual([
    'fetch_client',
    ['proof_missing'],
  ])
})

test('a refresh request and one to another endpoint are looked at for their client alone', async () => {
  const proof = { client_assertion: await scene.assertion(), client_assertion_type: jwtBearer }
  const refresh = await diagnose(encoded({ ...proof, grant_type: 'refresh_token', refresh_token: 'r' }))
  expect([refresh.ok, resultOf(refresh, 'find_refresh_token')]).toEqual([true, 'not_reached'])
  const revoke = await diagnose(curl({ ...proof, token: 'r' }, 'https://valetkey.test/oauth2/revoke'))
  expect([revoke.ok, resultOf(revoke, 'find_code')]).toEqual([true, undefined])
})

test('what is missing or unknown of a token request is told', async () => {
  const none = await diagnose(curl(await aForm({ redirect_uri: '' })))
  expect(causesIn(none, 'read_request')).toEqual(['parameter_missing'])
  const other = await diagnose(curl(await aForm({ grant_type: 'password' })))
  expect(causesIn(other, 'check_grant_type')).toEqual(['grant_type_unsupported'])
})
