/** What goes wrong in the standard dialect is said in the codes of the RFCs, and explained to its developer alone. */
import type { ExplanationAnswer } from '@valetkey/protocol'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type CauseRow, causes } from '../domain/explain/causes.ts'
import { Refusal } from '../refusals.ts'
import { ask, signedInAgain } from '../testing/people.ts'
import { type StandardScene, standardScene } from '../testing/standard-scene.ts'
import { aStranger, standardMistakes } from './testing/standard-mistakes.ts'

const tokenRequests = '/api/v0/developer/auth/token-requests'

let scene: StandardScene
beforeEach(async () => {
  scene = await standardScene()
})
afterEach(() => scene.close())

test.each(standardMistakes)('$cause: $name', async ({ cause, make, besides = [] }) => {
  const { status, body } = await make(scene)
  const { reason, step, standard }: CauseRow = causes[cause]
  const refusal = new Refusal(reason, { standard })
  // One of these mistakes is to come to the other dialect's door.
  const said = cause === 'code_of_standard_dialect' ? refusal : refusal.standard
  expect({ status, error: body.error }, JSON.stringify(body)).toEqual({
    status: said.status,
    error: said.error,
  })

  const { deps, app } = scene
  // Where days went by, the session is over.
  const developer = await signedInAgain(deps, 'developer', scene.developer.account)
  await deps.recorder.flush()
  const trace = await deps.store.traces.find(body.trace_id, 0)
  expect(trace?.dialect).toBe(cause === 'code_of_standard_dialect' ? 'storx' : 'standard')
  const seen = await ask(app, developer, 'GET', `${tokenRequests}/${body.trace_id}`)
  expect(seen.status).toBe(200)
  expect(causesIn(seen.body.explanation)).toEqual([cause, ...besides])
  expect(seen.body.explanation.first_failure).toBe(step)
  expect((await ask(app, await aStranger(scene), 'GET', `${tokenRequests}/${body.trace_id}`)).status).toBe(
    404,
  )
})

test('a refresh is told in its own steps, and not in those of a code', async () => {
  const { refresh_token } = (await scene.granted()).body
  const { headers } = await scene.post('/oauth2/token', { grant_type: 'refresh_token', refresh_token })
  const { deps, app, developer } = scene
  await deps.recorder.flush()
  const { body } = await ask(app, developer, 'GET', `${tokenRequests}/${headers['x-trace-id']}`)
  const steps = body.explanation.steps.map(({ step, result }: { step: string; result: string }) => [
    step,
    result,
  ])
  expect(steps).toEqual(
    [
      'parse_jwt',
      'read_claims',
      'fetch_client',
      'verify_signature',
      'check_expiry',
      'match_client_id',
      'check_jti',
      'check_grant_type',
      'find_refresh_token',
      'check_refresh_token',
      'narrow_access',
      'unseal_keys',
      'rotate_refresh_token',
    ].map((step) => [step, 'passed']),
  )
})

const causesIn = ({ steps }: ExplanationAnswer): string[] =>
  steps.flatMap(({ findings }) => findings.map(({ cause }) => cause))
