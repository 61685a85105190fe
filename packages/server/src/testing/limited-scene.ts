import { SignJWT } from 'jose'
import { buildApp } from '../app.ts'
import type { Deps } from '../deps.ts'
import { sentOnly } from './authorization-parameters.ts'
import { type Answer, parsed, redirectUri } from './people.ts'
import { type Form, type StandardScene, standardScene } from './standard-scene.ts'
import type { TestOverrides } from './test-deps.ts'

/** A scene whose requests come from networks, for tests of what is counted. */
export interface LimitedScene extends Omit<StandardScene, 'app'> {
  /** What is asked. */
  readonly app: () => StandardScene['app']
  /** From now on another is asked, with these instead of its own. */
  with(
    changes: { readonly settings?: TestOverrides['settings'] } & Partial<Pick<Deps, 'rates'>>,
  ): Promise<void>
  /** A form of the standard dialect, sent below `/oauth2/` from this network. */
  standard(network: string, path: string, form: Form): Promise<Answer>
  /** A token request of the StorX dialect, with a JWT that is good unless it is changed. */
  storx(network: string, change?: object): Promise<Answer>
  /** A short JWT of the scene's client, or of another. */
  jwt(claims?: object, of?: { readonly client_id: string; readonly client_secret: string }): Promise<string>
  introspect(network: string, client_secret: string, of?: { readonly client_id: string }): Promise<Answer>
}

/** Two networks. */
export const here = '203.0.113.9'
export const elsewhere = '198.51.100.4'

export async function limitedScene(): Promise<LimitedScene> {
  const { app: first, ...scene } = await standardScene()
  let app = first
  const from = async (remoteAddress: string, url: string, payload: string, type: string): Promise<Answer> => {
    const headers = { 'content-type': type }
    const answer = await app.inject({ method: 'POST', url, remoteAddress, headers, payload })
    const { statusCode: status, payload: text } = answer
    return { status, headers: answer.headers, text, body: parsed(text) }
  }
  const standard: LimitedScene['standard'] = (network, path, form) =>
    from(
      network,
      `/oauth2/${path}`,
      new URLSearchParams(sentOnly(form)).toString(),
      'application/x-www-form-urlencoded',
    )
  const jwt: LimitedScene['jwt'] = (claims = {}, { client_id, client_secret } = scene.client) =>
    new SignJWT({ client_id, exp: scene.deps.clock.now() + 300, ...claims })
      .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
      .sign(Buffer.from(client_secret))
  return {
    ...scene,
    app: () => app,
    async with({ settings, ...deps }) {
      app = await buildApp({ ...scene.deps, ...deps, settings: { ...scene.deps.settings, ...settings } })
    },
    standard,
    async storx(network, change = {}) {
      const form = {
        client_id: scene.client.client_id,
        client_secret: await jwt(),
        redirect_uri: redirectUri,
        code: 'x'.repeat(43),
        passphrase: '',
        ...change,
      }
      return from(network, '/api/v0/oauth2/token', JSON.stringify(form), 'application/json')
    },
    jwt,
    introspect: (network, client_secret, { client_id } = scene.client) =>
      standard(network, 'introspect', { token: 'x', client_id, client_secret }),
  }
}

/** The statuses of so many requests, one after the other. */
export async function inTurn(
  count: number,
  work: (at: number) => Promise<Answer>,
): Promise<readonly number[]> {
  const statuses: number[] = []
  for (let at = 0; at < count; at++) statuses.push((await work(at)).status)
  return statuses
}
