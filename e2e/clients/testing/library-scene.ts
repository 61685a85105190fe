import {
  type EncryptionAccess,
  EncryptionStore,
  encryptPath,
  parseAccessGrant,
  shareRootKey,
} from '@valetkey/access-grant'
import { afterAll } from 'vitest'
import {
  type BackAtApp,
  type Choice,
  overHttp,
  type ScriptedUser,
  scriptedUser,
} from '../../../packages/server/src/testing/scripted-user.ts'
import { everyGrantType } from '../../../packages/server/src/testing/standard-scene.ts'
import {
  aClient,
  aDeveloper,
  aUser,
  call,
  type Person,
  type RegisteredClient,
  startServer,
  type TestServer,
} from '../../testing/story.ts'

export const passphrase = 'the passphrase of whoever uses these libraries'

/** What the apps ask for. */
export const scope = 'read list bucket:photos offline_access'

/** What an access grant is good for: the actions the network lets it do, and the buckets whose names it can encrypt. */
export interface Reach {
  readonly can: readonly string[]
  readonly keys_of: readonly string[]
}

/** What {@link scope} gives when its user agrees, and what is left of it when it was revoked: keys that open no door. */
export const consented: Reach = { can: ['list photos', 'read photos'], keys_of: ['photos'] }
export const revoked: Reach = { can: [], keys_of: ['photos'] }

/** A server with a developer and a user, for one library that talks to it over HTTP. */
export interface LibraryScene {
  readonly server: TestServer
  readonly developer: Person
  readonly user: Person
  readonly browser: ScriptedUser
  /** A client that may do all there is; confidential, with a secret, unless the form says otherwise. */
  register(form?: object): Promise<RegisteredClient>
  /** The user goes where the app sends them, and decides. */
  decide(authorization_url: string | URL, choice?: Choice): Promise<BackAtApp>
  reach(access_grant: string): Promise<Reach>
}

/** Registers a program on its user's machine, which can keep no secret: PKCE alone protects it. */
export const nativeClient = {
  application_type: 'native',
  token_endpoint_auth_method: 'none',
  redirect_uris: ['http://127.0.0.1/callback'],
}

const buckets = ['music', 'photos']
const path = 'trips/sea.jpg'

export async function openLibraryScene(): Promise<LibraryScene> {
  const server = await startServer()
  afterAll(() => server.stop())
  server.secrets.add('passphrase', passphrase)
  const [developer, user] = await Promise.all([aDeveloper(server), aUser(server)])
  const { token } = user
  const browser = scriptedUser(overHttp(server.url), token)

  async function ownKeys(): Promise<EncryptionStore> {
    const { body: projects } = await call(server, 'GET', '/api/v0/projects', { token })
    const { body: salt } = await call(server, 'GET', `/api/v0/projects/${projects[0].id}/salt`, { token })
    const root_key = new Uint8Array(await server.deps.rootKeys(passphrase, salt))
    return new EncryptionStore(shareRootKey(root_key, []).encryption_access)
  }

  return {
    server,
    developer,
    user,
    browser,
    register: (form = {}) => aClient(server, { grant_types: everyGrantType, ...form }, developer),
    async decide(authorization_url, choice = {}) {
      const back = await browser.decide(String(authorization_url), { passphrase, ...choice })
      server.secrets.addExchange(undefined, back.parameters)
      return back
    },
    async reach(access_grant) {
      server.secrets.addExchange(undefined, { access_grant })
      const { api_key, encryption_access } = parseAccessGrant(access_grant)
      const own = await ownKeys()
      const can: string[] = []
      const keys_of: string[] = []
      for (const bucket of buckets) {
        const encrypted_path = encryptPath(own, bucket, path)
        for (const op of ['delete', 'list', 'read', 'write'] as const)
          if ((await server.deps.network.check(api_key, { op, bucket, encrypted_path })).allowed)
            can.push(`${op} ${bucket}`)
        if (encryptsTo(encryption_access, bucket, encrypted_path)) keys_of.push(bucket)
      }
      return { can, keys_of }
    },
  }
}

/** Whether these keys give the object the same name as those of its owner. */
function encryptsTo(access: EncryptionAccess, bucket: string, encrypted_path: Uint8Array): boolean {
  const hasKeys = access.store_entries.some((entry) => Buffer.from(entry.bucket).toString() === bucket)
  return hasKeys && Buffer.from(encryptPath(new EncryptionStore(access), bucket, path)).equals(encrypted_path)
}

/** The same address with a parameter replaced. */
export function altered(url: string, name: string, value: string): URL {
  const changed = new URL(url)
  changed.searchParams.set(name, value)
  return changed
}
