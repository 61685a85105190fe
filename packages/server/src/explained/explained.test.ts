/** What real developers get wrong is named, with its fix, wherever they look: in the answer, the trace, a paste, offline. */
import type { ExplanationAnswer, FindingAnswer } from '@valetkey/protocol'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Cause, type CauseRow, causes } from '../domain/explain/causes.ts'
import { explainAssertion } from '../domain/explain/explain-assertion.ts'
import { clientAuthenticationSteps } from '../domain/token-request.ts'
import { type RefusalRow, refusals } from '../refusals.ts'
import { type Answer, redirectUri } from '../testing/people.ts'
import { type RefusalScene, refusalScene } from '../testing/refusal-scene.ts'
import { assertionRules } from '../verification-keys.ts'
import { claimMistakes } from './testing/claim-mistakes.ts'
import { clientMistakes } from './testing/client-mistakes.ts'
import { codeMistakes } from './testing/code-mistakes.ts'
import { jwtMistakes } from './testing/jwt-mistakes.ts'
import type { Change, HttpRequest, Mistake, Parameters, Shows } from './testing/mistake.ts'
import { pastedMistakes, requestMistakes } from './testing/request-mistakes.ts'
import { secretAtHandMistakes, secretMistakes } from './testing/secret-mistakes.ts'
import { standardMistakes } from './testing/standard-mistakes.ts'
import { asBody, asCurl, asHttp } from './testing/written.ts'

const tables: readonly [about: string, mistakes: readonly Mistake[]][] = [
  ['the request itself', requestMistakes],
  ['the form of the JWT', jwtMistakes],
  ['what the JWT says', claimMistakes],
  ['which client', clientMistakes],
  ['which secret', secretMistakes],
  ['the code and what belongs to it', codeMistakes],
]
const mistakes = tables.flatMap(([, table]) => table)
const tokenRequests = '/api/v0/developer/auth/token-requests'

let scene: RefusalScene
beforeEach(async () => {
  scene = await refusalScene()
})
afterEach(() => scene.close())

describe.each(tables)('%s', (_, table) => {
  test.each(table)('$cause: $name', async (mistake) => {
    const good = { ...(await goodForm()), code: await scene.code() }
    const change = await mistake.make(scene)
    const form = { ...good, ...change.form }
    const request = { ...jsonRequest(form), ...change.http?.(form) }
    const all = [mistake.cause, ...(mistake.besides ?? [])]

    // Pasted beforehand, in every way that says as much as the request does: nothing of it is used up.
    const diagnoses = await Promise.all(
      [asCurl(request), asHttp(request), ...asBody(request)].map((text) => diagnosed(text, change)),
    )
    for (const explanation of diagnoses) expect(causesIn(explanation)).toEqual(mistake.pasted ?? all)

    const answer = await send(request, change)
    expectAnswer(answer, mistake)

    const trace = await look(answer.body.trace_id)
    expect(causesIn(trace.explanation)).toEqual(all)
    expect(trace.explanation.first_failure).toBe(causes[mistake.cause].step)
    for (const explanation of [trace.explanation, ...diagnoses]) expectTable(explanation)
    expectShown(firstFinding(trace.explanation), mistake.shows)
    expectListed(trace, await listed(answer.body.trace_id))
    await expectHidden([trace, diagnoses], answer.body.trace_id, form, change)

    if (typeof form.client_secret === 'string') {
      const offline = explainAssertion(form.client_secret, {
        client_id: typeof form.client_id === 'string' ? form.client_id : scene.client.client_id,
        client_secret: change.secret ?? scene.client.client_secret,
        rules: assertionRules(scene.deps, scene.deps.clock.now()),
      })
      const expected = (mistake.offline ?? all.filter(isOfTheSix)).map(asAtHand)
      expect(causesIn(offline)).toEqual(expected)
      expectTable(offline)
    }

    if (change.good === null) return
    const client_secret = await scene.jwt({}, change.secret ?? scene.client.client_secret)
    const redemption = await scene.token({ code: good.code, client_secret, ...change.good })
    expect(redemption.status, 'the code is as good as before').toBe(200)
  })
})

test('a token request in order has nothing wrong with it, and is as good after it was pasted', async () => {
  const form = { ...(await goodForm()), code: await scene.code() }
  const request = jsonRequest(form)
  for (const text of [asCurl(request), asHttp(request), ...asBody(request)])
    expect(causesIn(await diagnosed(text))).toEqual([])
  const { status, headers } = await send(request, {})
  expect(status).toBe(200)
  expect(causesIn((await look(String(headers['x-trace-id']))).explanation)).toEqual([])
})

describe('what only a paste shows', () => {
  test.each(pastedMistakes)('$cause: $name', async ({ pasted, cause, besides = [], shows }) => {
    const good = { ...(await goodForm()), code: await scene.code() }
    const explanation = await diagnosed(pasted(good))
    expect(causesIn(explanation)).toEqual([cause, ...besides])
    expectTable(explanation)
    expectShown(firstFinding(explanation), shows)
    expect((await scene.token(good)).status).toBe(200)
  })
})

describe('what only the secret at hand shows', () => {
  test.each(secretAtHandMistakes)('$cause: $name', async ({ atHand, cause }) => {
    const { client, deps } = scene
    const explanation = explainAssertion(await scene.jwt(), {
      client_id: client.client_id,
      client_secret: atHand(client.client_secret),
      rules: assertionRules(deps, deps.clock.now()),
    })
    expect(causesIn(explanation)).toEqual([cause])
    expectTable(explanation)
  })
})

test('there is no cause that no mistake of these leads to', () => {
  const told = [
    ...mistakes.flatMap(({ cause, besides = [], pasted = [], offline = [] }) => [
      cause,
      ...besides,
      ...pasted,
      ...offline,
    ]),
    ...pastedMistakes.map(({ cause }) => cause),
    ...secretAtHandMistakes.map(({ cause }) => cause),
    ...standardMistakes.map(({ cause }) => cause),
  ].flatMap((cause) => [cause, asAtHand(cause)])
  const untold = Object.keys(causes).filter((cause) => !told.some((one) => one === cause))
  // The first takes a server that is too busy for a second look. The other is told to nobody: to whoever came by a code
  // of others it is like a code that nobody has.
  expect(untold).toEqual(['signature_not_examined', 'code_of_another_client'])
})

/** With one secret at hand, nothing is said of the others that a client has. */
const asAtHand = (cause: Cause): Cause => (cause === 'secret_differs' ? 'secret_given_differs' : cause)

/** All four parameters in order; the code is still to come. */
async function goodForm() {
  return {
    client_id: scene.client.client_id,
    client_secret: await scene.jwt(),
    redirect_uri: redirectUri,
    passphrase: '',
  }
}

const jsonRequest = (form: object): HttpRequest => ({
  method: 'POST',
  url: '/api/v0/oauth2/token',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(form),
})

const send = ({ method, url, headers, body }: HttpRequest, { at = scene }: Change): Promise<Answer> =>
  at.send({ method, url, headers: { ...headers }, payload: body })

async function diagnosed(request: string, { at = scene }: Change = {}): Promise<ExplanationAnswer> {
  const { status, body } = await at.ask(scene.developer, 'POST', `${tokenRequests}/diagnose`, { request })
  expect(status).toBe(200)
  return body.explanation
}

async function look(trace_id: string) {
  await scene.deps.recorder.flush()
  const { status, body } = await scene.ask(scene.developer, 'GET', `${tokenRequests}/${trace_id}`)
  expect(status).toBe(200)
  return body
}

/** Undefined when the request named none of the developer's clients. */
async function listed(trace_id: string) {
  const { body } = await scene.ask(scene.developer, 'GET', tokenRequests)
  return body.token_requests.find((one: { trace_id: string }) => one.trace_id === trace_id)
}

function expectAnswer({ status, body }: Answer, { cause, told }: Mistake): void {
  const row: RefusalRow = refusals[causes[cause].reason]
  expect({ status, error: body.error }).toEqual({ status: row.status, error: row.error })
  // What depends on the client's record is told to nobody but its owner.
  if (told === undefined) expect(body.error_description).toBe(row.description)
  else expect(body.error_description).toMatch(told)
}

/** Every finding says what the table says, with nothing left to fill in but what nobody knows. */
function expectTable({ steps }: ExplanationAnswer): void {
  for (const { step, findings } of steps) {
    for (const { cause, means, fix, snippet } of findings) {
      const row: CauseRow = causes[cause as Cause]
      expect({ step, means, fix }).toEqual({ step: row.step, means: row.means, fix: row.fix })
      expect(snippet === null).toBe(row.snippet === undefined)
      expect(snippet ?? '').not.toMatch(/\{(?:client_id|url)\}/)
    }
  }
}

function expectShown(finding: FindingAnswer | undefined, shows: Shows = {}): void {
  for (const part of ['seen', 'expected', 'apart'] as const) {
    const wanted = shows[part]
    if (wanted === null) expect(finding?.[part], part).toBeNull()
    else if (wanted !== undefined) expect(finding?.[part] ?? '', part).toMatch(wanted)
  }
}

/** The list says in short what the look-up says in full. */
function expectListed(trace: Record<string, unknown>, inList: Record<string, unknown> | undefined): void {
  const { client_id, client_name, cause, means } = trace
  if (client_id !== null && client_name !== null) expect(inList).toMatchObject({ client_id, cause, means })
  else expect(inList).toBeUndefined()
}

/** No secret, no JWT, no code, no verifier, neither told nor kept nor logged; and nothing told of other people's. */
async function expectHidden(
  told: unknown,
  trace_id: string,
  form: Parameters,
  change: Change,
): Promise<void> {
  const { client_secret, code, code_verifier } = form
  const { hides = [], secret, good } = change
  const kept = await scene.deps.store.traces.find(trace_id, 0)
  const all = JSON.stringify([told, kept, scene.deps.logLines])
  const secrets = [scene.client.client_secret, secret, client_secret, code, code_verifier, good?.code]
  for (const value of [...secrets, ...(change.secrets ?? [])]) {
    const isSecret = typeof value === 'string' && value.length >= 20 && value !== scene.client.client_id
    if (isSecret) expect(all).not.toContain(JSON.stringify(value).slice(1, -1))
  }
  for (const value of hides) expect(JSON.stringify(told)).not.toContain(value)
}

const causesIn = ({ steps }: ExplanationAnswer): string[] =>
  steps.flatMap(({ findings }) => findings.map(({ cause }) => cause))

const firstFinding = ({ steps, first_failure }: ExplanationAnswer): FindingAnswer | undefined =>
  steps.find(({ step }) => step === first_failure)?.findings[0]

const isOfTheSix = (cause: Cause): boolean =>
  clientAuthenticationSteps.some((step) => step === causes[cause].step)
