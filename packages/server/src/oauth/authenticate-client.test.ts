import { afterEach, beforeEach, expect, test } from 'vitest'
import { clientAuthenticationSteps, type TokenRequest } from '../domain/token-request.ts'
import { Refusal } from '../refusals.ts'
import { redirectUri } from '../testing/people.ts'
import { type RefusalScene, refusalScene } from '../testing/refusal-scene.ts'
import { authenticateClient, storxProof } from './authenticate-client.ts'
import { exchangeCode } from './exchange-code.ts'
import { beginTrace, type Trace } from './trace.ts'

const nobody = '01890000-0000-7000-8000-000000000000'
const anotherKey = 'another key of some length, not the secret'
const jti = 'b3a1f0e2c4d5968778695a4b3c2d1e0f'

let scene: RefusalScene
beforeEach(async () => {
  scene = await refusalScene()
})
afterEach(() => scene.close())

/** Makes the JWT, and the client_id that is sent beside it when that is not the client's own. */
type Sent = () => Promise<{ client_secret: string; client_id?: string }>

const past = (seconds: number) => scene.deps.clock.now() - seconds
const signed = async (claims?: object, key?: string) => ({ client_secret: await scene.jwt(claims, key) })
const wrongJwts: readonly [string, Sent, string, string?][] = [
  ['no JWT', async () => ({ client_secret: 'a.b.c' }), 'jwt_malformed', 'parse_jwt'],
  ['without exp', () => signed({ exp: undefined }), 'claims_invalid', 'read_claims'],
  ['good for too long', () => signed({ exp: past(-86_400) }), 'claims_invalid', 'read_claims'],
  ['of an audience that we are not', () => signed({ aud: 'x' }), 'claims_invalid', 'read_claims'],
  ['of an unknown client', () => signed({ client_id: nobody }), 'client_unknown', 'fetch_client'],
  ['signed with another key', () => signed({}, anotherKey), 'signature_wrong', 'verify_signature'],
  ['too old', () => signed({ exp: past(312) }), 'assertion_expired', 'check_expiry'],
  [
    'too old and signed with another key',
    () => signed({ exp: past(312) }, anotherKey),
    'signature_wrong',
    'verify_signature',
  ],
  [
    'beside the name of another client',
    async () => ({ ...(await signed()), client_id: nobody }),
    'client_id_mismatch',
    'match_client_id',
  ],
  [
    'too old, and beside the name of another client',
    async () => ({ ...(await signed({ exp: past(312) })), client_id: nobody }),
    'assertion_expired',
    'check_expiry',
  ],
  [
    'of a client that is switched off',
    async () => {
      const { client, deps } = scene
      await deps.store.clients.setState(client.id, 'inactive', deps.clock.now())
      return signed()
    },
    'client_inactive',
    'fetch_client',
  ],
  [
    'used before',
    async () => {
      const { client, deps } = scene
      await deps.store.replays.mark(client.client_id, jti, deps.clock.now() + 600)
      return signed({ jti })
    },
    'assertion_replayed',
    'check_jti',
  ],
]

test.each(wrongJwts)(
  'a JWT %s is refused alike at the integration URL and at the token endpoint',
  async (_what, sent, reason, step) => {
    const { integration, exchange } = await bothAsked(sent)
    expect(integration).toEqual(exchange)
    expect(integration.reason).toBe(reason)
    expect(integration.steps.find(({ result }) => result === 'failed')?.step).toBe(step)
  },
)

test.each<[string, Sent]>([
  ['as apps have always made it', () => signed()],
  ['that counts once', () => signed({ jti })],
  ['that is 29 s late', () => signed({ exp: past(29) })],
])('a JWT %s passes the same steps in both places', async (_what, sent) => {
  const { integration, exchange } = await bothAsked(sent)
  expect(exchange.reason).toBe('code_unknown')
  expect(integration.steps).toEqual(exchange.steps)
  expect(integration.steps.map(({ step, result }) => [step, result])).toEqual(
    [...clientAuthenticationSteps, 'check_jti'].map((step) => [step, 'passed']),
  )
  expect(integration.reason).toBeUndefined()
})

async function bothAsked(sent: Sent): Promise<Record<'integration' | 'exchange', Seen>> {
  const { deps, client } = scene
  const asked = { client_id: client.client_id, ...(await sent()) }
  const proof = storxProof(asked)
  const form = {
    dialect: 'storx' as const,
    proof,
    redirect_uri: redirectUri,
    code: 'x'.repeat(43),
    passphrase: '',
    code_verifier: undefined,
  }
  const look = (client_id: string) => deps.store.clients.toAuthenticate(client_id, deps.clock.now())
  // In this order, as an app asks: the integration URL leaves a `jti` good for the token request.
  return {
    integration: await seen((trace) => authenticateClient(deps, proof, trace, { look, jti: 'looked_at' })),
    exchange: await seen((trace) => exchangeCode(deps, form, trace)),
  }
}

/** What the caller is told, and what of it concerns who asks stands in the trace. */
interface Seen {
  readonly reason: string | undefined
  readonly description: string | undefined
  readonly steps: TokenRequest['steps']
}

async function seen(verb: (trace: Trace) => Promise<unknown>): Promise<Seen> {
  const traces: TokenRequest[] = []
  const recorder = { ...scene.deps.recorder, trace: (trace: TokenRequest) => void traces.push(trace) }
  const caller = { trace_id: '0'.repeat(32), network: '192.0.2.1', user_agent: 'an app' }
  const request = { caller, client_id: null, facts: () => ({}), form: () => ({}) }
  const trace = beginTrace({ ...scene.deps, recorder }, request)
  const refusal = await refusalOf(verb(trace))
  trace.finish({ status: refusal?.status ?? 200, refusal, duration_ms: 0 })
  const ofClient: readonly string[] = [...clientAuthenticationSteps, 'check_jti']
  return {
    reason: refusal?.reason,
    description: refusal?.description,
    steps: traces.flatMap(({ steps }) => steps.filter(({ step }) => ofClient.includes(step))),
  }
}

async function refusalOf(work: Promise<unknown>): Promise<Refusal | undefined> {
  try {
    await work
    return undefined
  } catch (error) {
    if (error instanceof Refusal) return error
    throw error
  }
}
