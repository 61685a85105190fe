import { createHmac, randomUUID } from 'node:crypto'
import { expect } from 'vitest'
import { claimsOf, type Identity } from '../../../packages/server/src/testing/assertion.ts'
import { type Answer, ask, redirectUri } from '../../../packages/server/src/testing/people.ts'
import {
  code_verifier,
  jwtBearer,
  posted,
  type StandardPath,
  type StandardScene,
} from '../../../packages/server/src/testing/standard-scene.ts'
import { seen } from './seen.ts'

/** Makes one JWT, with a `jti` of its own each time. */
export type Forge = (of: Identity) => string | Promise<string>

/** A JSON object, or the very text that stands in its place. */
type Part = object | string

/** A JWT with exactly these parts, such as no library makes. */
export function handmade(header: Part, payload: Part, sign: (signed: string) => string): string {
  const signed = `${encoded(header)}.${encoded(payload)}`
  return `${signed}.${sign(signed)}`
}

const encoded = (part: Part): string =>
  Buffer.from(typeof part === 'string' ? part : JSON.stringify(part)).toString('base64url')

/** The MAC of a secret key, of whatever kind. */
export const mac =
  (key: string | Uint8Array, hash = 'sha256') =>
  (signed: string): string =>
    createHmac(hash, key).update(signed).digest('base64url')

/** The claims of a client assertion, right for the scene's server and clock. */
export const rightClaims = ({ deps }: StandardScene, client_id: string, changes: object = {}): object =>
  claimsOf(client_id, { issuer: deps.settings.public_url, now: deps.clock.now(), ...changes })

/** Where clients prove who they are, with a request that is refused for nothing else but 401. */
const endpoints: Readonly<Record<StandardPath, Readonly<Record<string, string>>>> = {
  '/oauth2/token': {
    grant_type: 'authorization_code',
    code: 'x'.repeat(43),
    redirect_uri: redirectUri,
    code_verifier,
  },
  '/oauth2/par': { response_type: 'code' },
  '/oauth2/device_authorization': { scope: 'nothing' },
  '/oauth2/revoke': { token: 'x' },
  '/oauth2/introspect': { token: 'x' },
}

/** One client to whom the JWT is ascribed, at every endpoint of the standard dialect, and then at that of the other. */
export async function presented(scene: StandardScene, forge: Forge, of: Identity): Promise<Answer[]> {
  const answers: Answer[] = []
  for (const [path, form] of Object.entries(endpoints)) {
    const proof = { client_assertion: await forge(of), client_assertion_type: jwtBearer }
    answers.push(await posted(scene.app, path, { ...form, ...proof }))
  }
  answers.push(
    await ask(scene.app, undefined, 'POST', '/api/v0/oauth2/token', {
      client_id: of.client_id,
      client_secret: await forge(of),
      redirect_uri: redirectUri,
      code: 'x'.repeat(43),
      passphrase: '',
    }),
  )
  return answers
}

/** Somebody nobody registered, who knows the secret all the same. */
export const invented = ({ client_secret }: Identity): Identity => ({
  client_id: randomUUID(),
  client_secret,
})

/** Refused with 401 everywhere, whoever it says it is, in the very same bytes. @returns the words of the token endpoint */
export async function expectRefused(
  scene: StandardScene,
  forge: Forge,
  of: Identity = scene.client,
): Promise<string> {
  const answers = await presented(scene, forge, of)
  for (const { status, body, text } of answers)
    expect([status, body?.error], text).toEqual([401, 'invalid_client'])
  const others = await presented(scene, forge, invented(of))
  expect(others.map(seen)).toEqual(answers.map(seen))
  return answers[0]?.body.error_description
}
