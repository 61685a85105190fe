import {
  type AccessGrant,
  cipherSuite,
  EncryptionStore,
  encryptPath,
  type Operation,
  parseAccessGrant,
} from '@valetkey/access-grant'
import type { ConsentPageData } from '@valetkey/protocol'
import { SignJWT } from 'jose'
import type { Deps } from '../../../packages/server/src/deps.ts'
import type { Identity } from '../../../packages/server/src/testing/assertion.ts'
import { type Answer, ask, redirectUri } from '../../../packages/server/src/testing/people.ts'
import type { StandardScene } from '../../../packages/server/src/testing/standard-scene.ts'

interface AtNetwork {
  readonly deps: Pick<Deps, 'network'>
}

/** Whether the storage network lets this access grant do it now, with the object of this name. */
export async function lets(
  { deps }: AtNetwork,
  access_grant: string,
  op: Operation,
  bucket = 'photos',
  path = 'a',
): Promise<boolean> {
  const { api_key, encryption_access }: AccessGrant = parseAccessGrant(access_grant)
  const encrypted_path = encryptPath(new EncryptionStore(encryption_access), bucket, path)
  return (await deps.network.check(api_key, { op, bucket, encrypted_path })).allowed
}

/** Whether it opens anything at all. */
export const isLive = (scene: AtNetwork, access_grant: string): Promise<boolean> =>
  lets(scene, access_grant, 'project_info')

/** A code of the StorX dialect that the user approved; changes are to what was asked, and to the decision. */
export async function storxCode(
  { app, user, client }: StandardScene,
  request: object = {},
  consent: object = {},
): Promise<string> {
  const asked = await ask(app, user, 'POST', '/api/v0/oauth2/request', {
    client_id: client.client_id,
    redirect_uri: redirectUri,
    scope: ['read'],
    ...request,
  })
  const decided = await ask(app, user, 'POST', '/api/v0/oauth2/consent', {
    request_id: asked.body.request_id,
    approve: true,
    approved_scopes: ['read'],
    ...consent,
  })
  if (typeof decided.body?.code !== 'string') throw new Error(`no code: ${asked.text} ${decided.text}`)
  return decided.body.code
}

/** Redeems it as the client; a field that is undefined is left out. */
export async function storxRedeem(
  { app, deps, client }: StandardScene,
  code: string,
  change: object = {},
  as: Identity = client,
): Promise<Answer> {
  const client_secret = await new SignJWT({ client_id: as.client_id, exp: deps.clock.now() + 300 })
    .setProtectedHeader({ alg: 'HS256' })
    .sign(Buffer.from(as.client_secret))
  const form = { client_id: as.client_id, client_secret, redirect_uri: redirectUri, code, passphrase: '' }
  return ask(app, undefined, 'POST', '/api/v0/oauth2/token', { ...form, ...change })
}

/** The same for an object as the user's own programs name it, wherever the access grant has no key for it. */
export async function letsAtAll(
  { deps, user }: Pick<StandardScene, 'deps' | 'user'>,
  access_grant: string,
  op: Operation,
  bucket: string,
  path: string,
): Promise<boolean> {
  const [project] = await deps.network.projectsOf(user.account.id)
  const default_key = await deps.rootKeys('', project?.salt ?? '')
  const keys = { default_key, default_path_cipher: cipherSuite.aes_gcm, store_entries: [] }
  const encrypted_path = encryptPath(new EncryptionStore(keys), bucket, path)
  const { api_key } = parseAccessGrant(access_grant)
  return (await deps.network.check(api_key, { op, bucket, encrypted_path })).allowed
}

/** The page on which the user decides, as its script is told, and what it posts. */
export async function consentPage(
  { app, user }: Pick<StandardScene, 'app' | 'user'>,
  url: string,
): Promise<{ data: ConsentPageData; decide(body: object): Promise<Answer> }> {
  const headers = { authorization: `Bearer ${user.token}` }
  const { headers: answered } = await app.inject({ url, headers })
  const page = await app.inject({ url: String(answered.location), headers })
  const [, text] = /<script type="application\/json" id="page-data">(.*?)<\/script>/s.exec(page.payload) ?? []
  if (text === undefined) throw new Error(`no consent page: ${page.payload}`)
  const data: ConsentPageData = JSON.parse(text)
  const { request_id, csrf_token } = data
  return {
    data,
    decide: (body) => ask(app, user, 'POST', '/consent', { request_id, csrf_token, approve: true, ...body }),
  }
}
