import { randomBytes } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { bounded } from './bounded-trace.ts'
import { otherClientIn } from './domain/explain/two-clients.ts'
import {
  type Evidence,
  type TokenRequest,
  type TraceStep,
  tokenRequestSteps,
} from './domain/token-request.ts'
import { aTrace } from './store/testing/scene.ts'
import { redirectUri } from './testing/people.ts'
import { type RefusalScene, refusalScene } from './testing/refusal-scene.ts'
import { lookUp, traced } from './testing/token-requests.ts'

const bytesOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value))
const step = (name: TraceStep['step'], evidence: Evidence): TraceStep => ({
  step: name,
  result: 'failed',
  evidence,
})
const withEvidence = (evidence: Evidence): TokenRequest => aTrace({ steps: [step('parse_jwt', evidence)] })
const evidenceIn = ({ steps: [first] }: TokenRequest): Evidence | undefined => first?.evidence

/** In bytes that they take in JSON: six, six, four, three, two and one for each character. */
const weights = ['\ud800', '\u0001', '💥', '한', '"', 'x']

describe('of a request that means no harm', () => {
  test('everything stays', () => {
    const uri = `https://photos.example/callback?${'x'.repeat(560)}`
    const id = '0b4d2f5e-3c1a-4d5b-9e8f-7a6b5c4d3e2f'
    const trace = aTrace({
      client_id: ` ${id}\n`,
      steps: [
        step('parse_jwt', { length: 812, sha256: 'a'.repeat(64), header_names: ['alg', 'typ'], kid: null }),
        step('read_claims', {
          claim_names: ['client_id', 'exp', '한국어'],
          claim: 'exp',
          problem: 'p'.repeat(300),
        }),
        step('fetch_client', { client_id: ` ${id}\n`, cause: 'client_unknown' }),
        step('verify_signature', { secrets_tried: [id, id], cause: 'secret_differs', jti: true }),
        step('match_redirect_uri', { sent: uri, expected: `${uri}/`, difference: 'trailing slash' }),
      ],
      request: { misnamed: ['client_assertion_typ for client_assertion_type'], network: '2001:db8::7' },
    })
    expect(bounded(trace)).toEqual(trace)
  })
})

describe('cut are', () => {
  test.each<[string, Evidence, Evidence]>([
    ['a text', { kid: 'x'.repeat(301) }, { kid: `${'x'.repeat(299)}…` }],
    ['a redirect URI', { sent: 'x'.repeat(601) }, { sent: `${'x'.repeat(599)}…` }],
    ['a name', { claim_names: ['x'.repeat(33)] }, { claim_names: [`${'x'.repeat(31)}…`] }],
    [
      'names',
      { header_names: Array.from({ length: 13 }, String) },
      { header_names: Array.from({ length: 12 }, String) },
    ],
    [
      'half a character that is left over',
      { kid: `${'x'.repeat(298)}💥💥` },
      { kid: `${'x'.repeat(298)}\ufffd…` },
    ],
    [
      'control characters',
      { kid: 'a\u0000\u001b[31m\u0085\tb\r\n' },
      { kid: 'a\ufffd\ufffd[31m\ufffd\tb\r\n' },
    ],
    ['lone surrogates', { kid: '\udc00💥\ud800' }, { kid: '\ufffd💥\ufffd' }],
  ])('%s', (_what, evidence, kept) => {
    expect(evidenceIn(bounded(withEvidence(evidence)))).toEqual(kept)
  })

  test('the client_id as it is cut in the evidence, so that a request still names one client or two', () => {
    for (const weight of weights) {
      const [client_id, another] = [weight.repeat(128), `${weight.repeat(127)}y`]
      const heavy = Array.from({ length: 12 }, () => step('read_claims', { problem: '💥'.repeat(100) }))
      for (const fetched of [client_id, another]) {
        const trace = aTrace({ client_id, steps: [step('fetch_client', { client_id: fetched })] })
        const cut = bounded({ ...trace, steps: [...heavy, ...trace.steps] })
        expect(cut.client_id?.length).toBeLessThanOrEqual(120)
        if (fetched === client_id) expect(otherClientIn(cut)).toBeUndefined()
      }
    }
  })
})

/** All that is known of a request, each of it as large as it gets. */
const parameters = ['client_id', 'client_secret', 'redirect_uri', 'code', 'code_verifier', 'passphrase']
const largestRequest: Evidence = {
  content_type: 'x'.repeat(100),
  content_length: 32_768,
  parameters,
  missing: parameters,
  misnamed: Array.from({ length: 9 }, () => `${'x'.repeat(40)} for client_assertion_type`),
  in_address: parameters,
  not_text: parameters,
  unfit: parameters,
  problem: 'x'.repeat(100),
  date: 1_800_000_000,
  user_agent: 'x'.repeat(120),
  second_look: false,
}

describe('whatever was sent, a row is at most 4 kB', () => {
  test.each(weights)('with texts of %j', (weight) => {
    const text = weight.repeat(2048)
    const names = Array.from({ length: 32 }, () => weight.repeat(64))
    for (const texts of [1, 10, 40]) {
      const many = Array.from({ length: texts }, (_, at) => [`text_${at}`, text] as const)
      const evidence = {
        ...Object.fromEntries(many),
        cause: 'header_refused',
        header_names: names,
        claim_names: names,
        sent: text,
        expected: text,
      }
      const steps = tokenRequestSteps.flatMap((name) =>
        [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12].map(() => step(name, evidence)),
      )
      const client_id = weight.repeat(256).slice(0, 256)
      const trace = aTrace({ client_id, steps, request: { ...largestRequest, network: text } })
      const cut = bounded(trace)
      expect(bytesOf({ ...cut, filed_under: 'x'.repeat(256) })).toBeLessThanOrEqual(4096)
      expect(new Set(cut.steps.map((one) => one.step))).toEqual(new Set(tokenRequestSteps))
      for (const one of cut.steps) expect(one.evidence.cause).toBe('header_refused')
    }
  })

  describe('over HTTP', () => {
    let scene: RefusalScene
    beforeEach(async () => {
      scene = await refusalScene()
    })
    afterEach(() => scene.close())
    const stored = async (trace_id: string) => scene.deps.store.traces.find(trace_id)

    test('with all the names that a JWT may have', async () => {
      const part = (text: string) => Buffer.from(text).toString('base64url')
      const members = (count: number, length: number) =>
        Array.from(
          { length: count },
          (_, at) => `"\\ud8${(at + 16).toString(16)}${'\\ud800'.repeat(length)}":0`,
        )
      for (const [header, claims, length] of [
        [32, 2, 16],
        [12, 12, 24],
        [6, 6, 61],
      ] as const) {
        const head = `{"alg":"nope","typ":"zz","kid":5,${members(header, length).join(',')}}`
        const named = `"client_id":"${scene.client.client_id}","exp":"x","nbf":"y","jti":7,"sub":8,"aud":9`
        const jwt = `"Bearer ${part(head)}.${part(`{${named},${members(claims, length).join(',')}}`)}.AAAA"`
        const trace_id = await traced(scene, {
          client_secret: jwt,
          code: await scene.code(),
          redirect_uri: `${redirectUri}?${'x'.repeat(1900)}`,
        })
        expect(bytesOf(await stored(trace_id))).toBeLessThanOrEqual(4096)
        const { status, body } = await lookUp(scene, trace_id)
        expect([status, body.cause]).toEqual([200, 'quoted'])
      }
    })

    test('which an ordinary one does not come near', async () => {
      const key = randomBytes(32).toString('base64url')
      const trace_id = await traced(scene, {
        client_secret: await scene.jwt({}, key),
        code: await scene.code(),
      })
      expect(bytesOf(await stored(trace_id))).toBeLessThanOrEqual(3000)
    })
  })
})
