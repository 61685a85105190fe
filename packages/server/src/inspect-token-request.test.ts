import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { causes } from './domain/explain/causes.ts'
import { explain } from './domain/explain/explain.ts'
import type { Viewer } from './domain/explain/viewer.ts'
import { fittingPart } from './domain/token-form.ts'
import { isFailure, type TokenRequest, tokenRequestSteps } from './domain/token-request.ts'
import { inspectTokenRequest } from './inspect-token-request.ts'
import { refusals } from './refusals.ts'
import { redirectUri } from './testing/people.ts'
import { type RefusalScene, refusalScene } from './testing/refusal-scene.ts'
import { textsIn } from './testing/token-requests.ts'
import { viewerOf } from './viewers.ts'

let scene: RefusalScene
let viewer: Viewer
let good: Record<string, string>
beforeAll(async () => {
  scene = await refusalScene()
  good = {
    client_id: scene.client.client_id,
    client_secret: await scene.jwt({ iat: scene.deps.clock.now(), jti: 'jti' }),
    redirect_uri: redirectUri,
    code: await scene.code(),
    code_verifier: 'v'.repeat(43),
  }
  viewer = await viewerOf(scene.deps, scene.developer.account, [scene.client.client_id])
})
afterAll(() => scene.close())

const hostile = fc.string({ unit: 'binary', maxLength: 60 })
const encoded = (value: unknown) => Buffer.from(JSON.stringify(value) ?? '').toString('base64url')

/** A text as a parameter: anything, or a good one with one thing done to it. */
function spoiled(name: string): fc.Arbitrary<unknown> {
  const at = fc.nat(300)
  return fc.oneof(
    hostile,
    fc.anything(),
    fc.constant(undefined),
    fc.tuple(at, hostile).map(([i, text]) => {
      const whole = good[name] ?? ''
      return (
        whole.slice(0, i % (whole.length + 1)) + text + whole.slice((i % (whole.length + 1)) + text.length)
      )
    }),
    fc.constant(good[name]),
  )
}

/** Anything in the places of a JWT where something is expected. */
const jwts = fc
  .tuple(
    fc.oneof(
      fc.anything(),
      fc.record(
        {
          alg: fc.oneof(fc.constantFrom('HS256', 'none', 'RS256', 'HS512'), hostile),
          typ: fc.anything(),
          kid: fc.anything(),
        },
        { requiredKeys: [] },
      ),
    ),
    fc.oneof(
      fc.anything(),
      fc.record(
        {
          client_id: fc.oneof(hostile, fc.constant('sub'), fc.anything()),
          exp: fc.oneof(fc.double(), fc.integer(), hostile, fc.constant('1e400')),
          iat: fc.oneof(fc.double(), fc.maxSafeInteger()),
          nbf: fc.double(),
          sub: hostile,
          aud: fc.anything(),
          jti: fc.oneof(hostile, fc.integer()),
        },
        { requiredKeys: [] },
      ),
    ),
    fc.constantFrom('', 'A'.repeat(43), 'A'.repeat(86), 'no base64url!'),
  )
  .map(([header, payload, signature]) => {
    try {
      return `${encoded(header)}.${encoded(payload)}.${signature}`
    } catch {
      return signature
    }
  })

/** Whatever an explanation says of these steps can be shown, and leaves no failure without a word. */
function expectSound(request: Pick<TokenRequest, 'client_id' | 'reason' | 'request' | 'steps'>): void {
  for (const eyes of [viewer, { clients: [], url: 'https://valetkey.test' }]) {
    const explanation = explain(request, eyes)
    for (const { result, findings } of explanation.steps)
      expect(findings.length > 0).toBe(result === 'failed' || result === 'would_fail')
    for (const text of textsIn(explanation)) expect(text).toMatch(/^[\x20-\x7e]*$/)
    const failed = explanation.steps.filter(({ result }) => result === 'failed').map(({ step }) => step)
    expect(
      explanation.first_failure === null ? failed.length === 0 : failed.includes(explanation.first_failure),
    ).toBe(true)
  }
}

describe('whatever a token request holds', () => {
  const form = () =>
    fc.record(
      {
        client_id: spoiled('client_id'),
        client_secret: fc.oneof(spoiled('client_secret'), jwts),
        redirect_uri: spoiled('redirect_uri'),
        code: spoiled('code'),
        code_verifier: spoiled('code_verifier'),
      },
      { requiredKeys: [] },
    )

  test('it is looked at without throwing, and every failure is explained in printable words', async () => {
    await fc.assert(
      fc.asyncProperty(form(), async (sent) => {
        const fitting = fittingPart(sent)
        const steps = await inspectTokenRequest(scene.deps, fitting, scene.deps.clock.now())
        expect(steps.filter(isFailure).every(({ evidence }) => typeof evidence.cause === 'string')).toBe(true)
        expectSound({ client_id: fitting.client_id ?? null, reason: null, request: {}, steps })
      }),
      { numRuns: 400 },
    )
  })

  test('a good one passes every step, and nothing is spent by looking', async () => {
    const { code_verifier: _, ...sent } = good
    for (let times = 0; times < 2; times++) {
      const steps = await inspectTokenRequest(scene.deps, fittingPart(sent), scene.deps.clock.now())
      expect(steps.every(({ result }) => result === 'passed')).toBe(true)
    }
    expect((await scene.token(sent)).status).toBe(200)
  })
})

describe('whatever a trace holds', () => {
  const value = fc.oneof(
    hostile,
    fc.double(),
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.array(hostile, { maxLength: 3 }),
  )
  const names = [
    'client_id',
    'claim',
    'problem',
    'exp',
    'iat',
    'server_time',
    'skew',
    'expired_for',
    'alg',
    'typ',
    'length',
    'parts',
    'sent',
    'expected',
    'difference',
    'in_jwt',
    'in_request',
    'issued_to',
    'signed_with_client',
    'signed_with_secret',
    'secrets_tried',
    'inactive_since',
    'spent_at',
    'expires_at',
    'revoked_at',
    'request_id',
    'parameter',
    'line',
    'column',
    'mistake',
    'content_type',
    'missing',
    'misnamed',
    'how',
    'date',
    'second_look',
  ]
  const evidence = fc
    .tuple(
      fc.dictionary(fc.constantFrom(...names), value, { maxKeys: 12 }),
      fc.oneof(fc.constantFrom(...Object.keys(causes)), hostile),
    )
    .map(([others, cause]) => ({ ...others, cause }))
  const step = fc.record({
    step: fc.constantFrom(...tokenRequestSteps),
    result: fc.constantFrom('passed', 'failed', 'would_pass', 'would_fail'),
    evidence,
  })

  test('it is explained without throwing, in printable words', () => {
    fc.assert(
      fc.property(
        fc.oneof(hostile, fc.constant(null), fc.constant('x')),
        fc.oneof(fc.constant(null), fc.constantFrom(...Object.keys(refusals)), hostile),
        evidence,
        fc.uniqueArray(step, { maxLength: 16, selector: (one) => one.step }),
        (client_id, reason, request, steps) => expectSound({ client_id, reason, request, steps }),
      ),
      { numRuns: 1_000 },
    )
  })
})
