import type { AccountKind } from '../domain/account.ts'
import { cookieNames } from '../http/sessions.ts'
import { type TestDeps, type TestOverrides, testApp } from './test-deps.ts'

export interface Asked {
  /** Sent as `Authorization: Bearer`. */
  readonly bearer?: string
  /** Sent as the session cookie of this door. */
  readonly cookie?: string
  /** The peer's address. */
  readonly from?: string
  readonly headers?: Record<string, string>
}

export interface Answer {
  readonly status: number
  /** The parsed JSON, or undefined when the body is empty. */
  readonly json: unknown
  readonly body: string
  readonly headers: Record<string, string | string[] | number | undefined>
  readonly cookies: readonly { name: string; value: string; [attribute: string]: unknown }[]
}

/** One door of a fresh server, asked over HTTP. */
export interface AccountDoor {
  readonly deps: TestDeps
  ask(method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, body?: object, how?: Asked): Promise<Answer>
  /** Registers and signs in; returns the session's token. */
  enter(email?: string): Promise<string>
  close(): Promise<void>
}

export const prefixes: Record<AccountKind, string> = {
  developer: '/api/v0/developer/auth',
  user: '/api/v0/auth',
}
export const aPassword = 'correct horse battery'

/** Paths that begin with a slash are below the door's prefix; others are whole. */
export async function openDoor(kind: AccountKind, overrides: TestOverrides = {}): Promise<AccountDoor> {
  const { app, deps } = await testApp(overrides)
  const door: AccountDoor = {
    deps,
    async ask(method, path, body, { bearer, cookie, from = '192.0.2.1', headers = {} } = {}) {
      const response = await app.inject({
        method,
        url: path.startsWith('/') ? `${prefixes[kind]}${path}` : `/${path}`,
        remoteAddress: from,
        headers: { ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }), ...headers },
        ...(body === undefined ? {} : { payload: body }),
        ...(cookie === undefined ? {} : { cookies: { [cookieNames[kind]]: cookie } }),
      })
      const { statusCode: status, body: text, headers: sent, cookies } = response
      const json: unknown = text === '' ? undefined : JSON.parse(text)
      return { status, json, body: text, headers: sent, cookies: cookies.map((one) => ({ ...one })) }
    },
    async enter(email = 'ada@example.com') {
      const fullName = 'Ada Lovelace'
      const registered = await door.ask('POST', '/register', { fullName, email, password: aPassword })
      if (registered.status !== 200) throw new Error(`registration answered ${registered.status}`)
      const signedIn = await door.ask('POST', '/token', { email, password: aPassword })
      return (signedIn.json as { token: string }).token
    },
    async close() {
      await app.close()
      await deps.background.flush()
      await deps.recorder.flush()
      await deps.store.close()
    },
  }
  return door
}
