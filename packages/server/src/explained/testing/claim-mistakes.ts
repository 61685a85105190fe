import type { RefusalScene } from '../../testing/refusal-scene.ts'
import { type Claims, handMade, inJwt, type Mistake, signed, usualHeader, usualPayload } from './mistake.ts'

const hour = 3600

/** A JWT with all that RFC 7523 asks for. */
function strict({ client, deps }: RefusalScene, changes: Claims = {}): Claims {
  const now = deps.clock.now()
  return {
    client_id: undefined,
    iss: client.client_id,
    sub: client.client_id,
    aud: deps.settings.public_url,
    iat: now,
    exp: now + 300,
    jti: 'e5b1f2a4-8d0c-4c0e-9f57-0c2d6f1e7a35',
    ...changes,
  }
}

const claims: readonly Mistake[] = [
  {
    name: 'called the claim clientId, as in the rest of the code',
    cause: 'client_id_missing',
    make: inJwt((scene) =>
      signed(scene, { claims: { client_id: undefined, clientId: scene.client.client_id } }),
    ),
    shows: { apart: 'client_id is missing' },
    told: 'client_id of the JWT in client_secret is missing',
  },
  {
    name: 'put the client_id into iss alone',
    cause: 'client_id_missing',
    make: inJwt((scene) => signed(scene, { claims: { client_id: undefined, iss: scene.client.client_id } })),
    told: 'client_id of the JWT in client_secret is missing',
  },
  {
    name: 'read the client_id from a variable that is empty',
    cause: 'client_id_unfit',
    make: inJwt((scene) => signed(scene, { claims: { client_id: '' } })),
    told: 'client_id of the JWT in client_secret is not a text of 1 to 256 characters',
  },
  {
    name: 'left exp out',
    cause: 'exp_missing',
    make: inJwt((scene) => signed(scene, { claims: { exp: undefined } })),
    shows: { apart: 'exp is missing' },
    told: 'exp of the JWT in client_secret is missing (exp_not_found)',
  },
  {
    name: 'put expiresIn, an option of the library, into the payload',
    cause: 'exp_missing',
    make: inJwt((scene) => signed(scene, { claims: { exp: undefined, expiresIn: '5m' } })),
    told: 'exp of the JWT in client_secret is missing (exp_not_found)',
  },
  {
    name: 'wrote the seconds of exp as text',
    cause: 'exp_as_text',
    make: inJwt(async (scene) => quotedExp(scene, `${scene.deps.clock.now() + 300}`)),
    shows: { seen: 'exp: a string' },
    told: 'exp of the JWT in client_secret is not a number of epoch seconds',
  },
  {
    name: 'wrote exp as "5m"',
    cause: 'exp_as_text',
    make: inJwt(async (scene) => quotedExp(scene, '5m')),
    told: 'exp of the JWT in client_secret is not a number of epoch seconds',
  },
  {
    name: 'wrote exp as a date',
    cause: 'exp_as_text',
    make: inJwt(async (scene) =>
      quotedExp(scene, new Date(scene.deps.clock.nowMs() + 300_000).toISOString()),
    ),
    told: 'exp of the JWT in client_secret is not a number of epoch seconds',
  },
  {
    name: 'computed exp from undefined, which JSON writes as null',
    cause: 'exp_unfit',
    make: inJwt(async (scene) => {
      const exp = Math.floor(Number(undefined) / 1000) + 300
      const payload = JSON.stringify({ client_id: scene.client.client_id, exp })
      return handMade(usualHeader, payload, { key: scene.client.client_secret })
    }),
    told: 'exp of the JWT in client_secret is not a number of epoch seconds',
  },
  {
    name: 'took exp from Date.now(), in milliseconds',
    cause: 'exp_in_milliseconds',
    make: inJwt((scene) => signed(scene, { claims: { exp: scene.deps.clock.nowMs() + 300_000 } })),
    shows: { seen: 'exp 1772366700000', expected: 'epoch seconds; it is 1772366400 now' },
    told: 'exp of the JWT in client_secret is in milliseconds; it counts seconds',
  },
  {
    name: 'gave the JWT three hours to live',
    cause: 'exp_too_far',
    make: inJwt((scene) => signed(scene, { claims: { exp: scene.deps.clock.now() + 3 * hour } })),
    shows: { seen: '2026-03-01T15:00:00Z', apart: 'exp lies 3 h ahead; at most 30 min is allowed' },
    told: 'exp of the JWT in client_secret lies 3 h ahead; at most 30 min is allowed',
  },
  {
    name: 'gave the JWT a year, to have peace',
    cause: 'exp_too_far',
    make: inJwt((scene) => signed(scene, { claims: { exp: scene.deps.clock.now() + 365 * 24 * hour } })),
    shows: { apart: 'exp lies 365 days ahead' },
    told: 'lies 365 days ahead; at most 30 min is allowed',
  },
  {
    name: 'signed on a machine whose clock is 40 minutes ahead',
    cause: 'clock_ahead',
    make: inJwt((scene) => {
      const iat = scene.deps.clock.now() + 2400
      return signed(scene, { claims: { iat, exp: iat + 300 } })
    }),
    shows: { apart: 'iat lies 40 min ahead' },
    told: 'exp of the JWT in client_secret lies 45 min ahead; at most 30 min is allowed',
  },
  {
    name: 'set nbf by a clock that is 10 minutes ahead',
    cause: 'clock_ahead',
    make: inJwt((scene) => signed(scene, { claims: { nbf: scene.deps.clock.now() + 600 } })),
    shows: { seen: '2026-03-01T12:10:00Z', apart: 'nbf lies 10 min ahead' },
    told: 'nbf of the JWT in client_secret lies 10 min ahead',
  },
  {
    name: 'kept to RFC 7523 with a clock that is two minutes ahead',
    cause: 'clock_ahead',
    make: inJwt((scene) => {
      const iat = scene.deps.clock.now() + 120
      return signed(scene, { claims: strict(scene, { iat, exp: iat + 120 }) })
    }),
    shows: { apart: 'iat lies 120 s ahead' },
    told: 'iat of the JWT in client_secret lies 120 s ahead',
  },
  {
    name: 'wrote nbf as a date',
    cause: 'nbf_unfit',
    make: inJwt(async (scene) => {
      const payload = usualPayload(scene).replace('{', '{"nbf":"2026-03-01",')
      return handMade(usualHeader, payload, { key: scene.client.client_secret })
    }),
    told: 'nbf of the JWT in client_secret is not a number of epoch seconds',
  },
  {
    name: 'counted jti up from 1 and kept to RFC 7523 in all else',
    cause: 'jti_unfit',
    make: inJwt((scene) => signed(scene, { claims: strict(scene, { jti: '1' }) })),
    told: 'jti of the JWT in client_secret must have 16 to 128 characters together with sub or aud',
  },
  {
    name: 'named the token endpoint as aud, where the issuer belongs',
    cause: 'audience_differs',
    make: inJwt((scene) =>
      signed(scene, { claims: strict(scene, { aud: 'https://valetkey.test/api/v0/oauth2/token' }) }),
    ),
    shows: { apart: 'aud must be https://valetkey.test alone' },
    told: 'aud of the JWT in client_secret must be https://valetkey.test alone',
  },
  {
    name: 'named the company as iss',
    cause: 'issuer_differs',
    make: inJwt((scene) => signed(scene, { claims: strict(scene, { iss: 'Photos Ltd.' }) })),
    told: 'iss of the JWT in client_secret must equal sub',
  },
  {
    name: 'added sub to the short form, because the library asks for a subject',
    cause: 'issuer_differs',
    make: inJwt((scene) => signed(scene, { claims: { sub: scene.client.client_id } })),
    besides: ['audience_differs', 'rfc7523_violated', 'jti_unfit'],
    told: 'iss of the JWT in client_secret must equal sub',
  },
  {
    name: 'forgot iat and kept to RFC 7523 in all else',
    cause: 'rfc7523_violated',
    make: inJwt((scene) => signed(scene, { claims: strict(scene, { iat: undefined }) })),
    shows: { apart: 'iat is missing' },
    told: 'iat of the JWT in client_secret is missing or no number of epoch seconds',
  },
  {
    name: 'signed with HS512 and kept to RFC 7523 in all else',
    cause: 'rfc7523_violated',
    make: inJwt((scene) => signed(scene, { claims: strict(scene), header: { alg: 'HS512' } })),
    told: 'alg of the JWT in client_secret must be HS256 together with sub or aud',
  },
]

/** A payload whose exp is a text, which libraries refuse to make. */
function quotedExp({ client }: RefusalScene, exp: string): string {
  const payload = JSON.stringify({ client_id: client.client_id, exp })
  return handMade(usualHeader, payload, { key: client.client_secret })
}

const time: readonly Mistake[] = [
  {
    name: 'sent a JWT that is over since five minutes',
    cause: 'expired',
    make: inJwt((scene) => signed(scene, { claims: { exp: scene.deps.clock.now() - 312 } })),
    shows: {
      seen: 'exp 2026-03-01T11:54:48Z',
      expected: 'later than 2026-03-01T12:00:00Z',
      apart: 'expired 312 s ago',
    },
    told: 'The JWT in client_secret expired 312 s ago.',
  },
  {
    name: 'made the JWT at the start of the app and kept it',
    cause: 'kept_too_long',
    make: inJwt((scene) => {
      const iat = scene.deps.clock.now() - 2 * hour
      return signed(scene, { claims: { iat, exp: iat + 300 } })
    }),
    shows: { seen: 'iat 2026-03-01T10:00:00Z', apart: 'made to live 300 s' },
    told: 'The JWT in client_secret expired 115 min ago.',
  },
  {
    name: 'made a fresh JWT on a machine whose clock is ten minutes behind, as its Date header shows',
    cause: 'clock_behind',
    async make(scene) {
      const iat = scene.deps.clock.now() - 600
      const date = new Date(iat * 1000).toUTCString()
      return {
        form: { client_secret: await signed(scene, { claims: { iat, exp: iat + 300 } }) },
        http: () => ({ headers: { 'content-type': 'application/json', date } }),
      }
    },
    shows: { apart: "the sender's clock is 10 min behind ours" },
    told: 'The JWT in client_secret expired 300 s ago.',
    pasted: ['kept_too_long'],
    offline: ['kept_too_long'],
  },
  {
    name: 'wrote exp as 300, the seconds it is to live',
    cause: 'exp_as_duration',
    make: inJwt((scene) => signed(scene, { claims: { exp: 300 } })),
    shows: { seen: 'exp 300', expected: 'epoch seconds; it is 1772366400 now' },
    told: 'its exp is a duration; the claim is a point in time',
  },
]

/** What the JWT says, and when. */
export const claimMistakes: readonly Mistake[] = [...claims, ...time]
