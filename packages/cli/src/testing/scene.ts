import { join } from 'node:path'
import { beforeAll } from 'vitest'
import { type Finished, runCli } from './run-cli.ts'
import { post, type TestServer } from './server.ts'

export const redirect_uri = 'http://localhost:3000/cb'
const account = { fullName: 'Ada', email: 'ada@example.com', password: 'a password of hers' }

export interface Credentials {
  readonly client_id: string
  readonly client_secret: string
}

export interface Scene {
  readonly photos: () => Credentials
  readonly photosDev: () => Credentials
  /** A fresh authorization code for Photos. */
  aCode(): Promise<string>
  /** Runs the program as the developer whose clients these are, signed in unless `signedIn` says otherwise. */
  run(args: readonly string[], given?: Given): Promise<Finished>
}

interface Given {
  readonly env?: Record<string, string>
  readonly input?: string
  readonly signedIn?: boolean
}

/** A developer with two clients, and a user who approves whatever is asked. */
export function useScene({ url, folder }: TestServer): Scene {
  let clients: readonly Credentials[] = []
  let user = ''
  const configOf = (signedIn: boolean) => join(folder(), signedIn ? 'signed-in' : 'signed-out')
  const run: Scene['run'] = (args, { env = {}, input = '', signedIn = true } = {}) =>
    runCli(args, {
      input,
      env: { XDG_CONFIG_HOME: configOf(signedIn), VALETKEY_PASSWORD: account.password, ...env },
    })
  const client = (at: number): Credentials => {
    const found = clients[at]
    if (found === undefined) throw new Error('no client is registered yet')
    return found
  }
  beforeAll(async () => {
    await post(url(), '/api/v0/developer/auth/register', account)
    const { token } = await post(url(), '/api/v0/developer/auth/token', account)
    const register = async (name: string): Promise<Credentials> => {
      const form = { name, redirect_uris: [redirect_uri] }
      const { client_id = '', client_secret = '' } = await post(
        url(),
        '/api/v0/developer/auth/oauth2/clients',
        form,
        token,
      )
      return { client_id, client_secret }
    }
    clients = [await register('Photos'), await register('Photos dev')]
    await post(url(), '/api/v0/auth/register', account)
    user = (await post(url(), '/api/v0/auth/token', account)).token ?? ''
    await run(['login', '--url', url(), '--email', account.email])
  })
  return {
    photos: () => client(0),
    photosDev: () => client(1),
    run,
    async aCode() {
      const asked = { client_id: client(0).client_id, redirect_uri, scope: ['read'] }
      const { request_id } = await post(url(), '/api/v0/oauth2/request', asked, user)
      const consent = { request_id, approve: true, approved_scopes: ['read'] }
      const { code } = await post(url(), '/api/v0/oauth2/consent', consent, user)
      return code ?? ''
    },
  }
}
