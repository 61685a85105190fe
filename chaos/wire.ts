import { randomUUID } from 'node:crypto'
import { hs256 } from '../e2e/testing/hs256.ts'
import type { App, Approval } from './ledger.ts'

/** What came of one request, as its client sees it. */
export type Outcome =
  | {
      readonly kind: 'answered'
      readonly status: number
      readonly body: Readonly<Record<string, unknown>>
      /** By `performance.now()`. */
      readonly sentAt: number
    }
  /** Sent, and no answer came: who knows what was done. */
  | { readonly kind: 'cut'; readonly sentAt: number; readonly late: boolean; readonly why: string }
  /** Nobody listened. */
  | { readonly kind: 'unsent' }

interface Sent {
  readonly method?: 'GET' | 'POST' | 'DELETE'
  readonly form?: Readonly<Record<string, string>>
  readonly json?: object
  /** A session. */
  readonly token?: string
}

/** Longer than the server's own patience with its database, twice over. */
export const patienceMs = 30_000

export async function ask(url: string, { method = 'POST', form, json, token }: Sent): Promise<Outcome> {
  const sentAt = performance.now()
  const body = form === undefined ? json && JSON.stringify(json) : new URLSearchParams(form).toString()
  const type = form === undefined ? 'application/json' : 'application/x-www-form-urlencoded'
  try {
    const answer = await fetch(url, {
      method,
      redirect: 'manual',
      headers: {
        ...(body === undefined ? {} : { 'content-type': type }),
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      },
      ...(body === undefined ? {} : { body }),
      signal: AbortSignal.timeout(patienceMs),
    })
    const text = await answer.text()
    return { kind: 'answered', status: answer.status, body: parsed(text), sentAt }
  } catch (error) {
    const cause = error instanceof Error ? error.cause : undefined
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
    if (code === 'ECONNREFUSED') return { kind: 'unsent' }
    const late = performance.now() - sentAt >= patienceMs - 50
    return { kind: 'cut', sentAt, late, why: String(code ?? cause ?? error) }
  }
}

function parsed(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? { ...value } : {}
  } catch {
    return {}
  }
}

/** Of one server: where it is, and how many seconds the clock there is ahead, which its clients share. */
export interface Door {
  readonly url: string
  readonly ahead: () => number
  /** Whether the standard dialect is spoken there. */
  readonly standard: boolean
}

/** Trades the code, in the dialect that it was asked for in. */
export function redeem(
  door: Door,
  { app, ...approval }: Approval,
  secret = app.client_secret,
): Promise<Outcome> {
  const { client_id, redirect_uri } = app
  if (approval.dialect === 'storx') {
    const client_secret = hs256({ client_id, exp: nowAt(door) + 300 }, secret)
    const json = { client_id, client_secret, redirect_uri, code: approval.code, passphrase: '' }
    return ask(`${door.url}/api/v0/oauth2/token`, { json })
  }
  return ask(`${door.url}/oauth2/token`, {
    form: {
      grant_type: 'authorization_code',
      code: approval.code,
      redirect_uri,
      code_verifier: approval.code_verifier ?? '',
      ...proof(door, app, secret),
    },
  })
}

/** Trades the refresh token for the next one. The storage keys go along in the access grant that is renewed. */
export const refresh = (
  door: Door,
  app: App,
  { refresh_token, access_grant }: { readonly refresh_token: string; readonly access_grant: string },
): Promise<Outcome> =>
  ask(`${door.url}/oauth2/token`, {
    form: { grant_type: 'refresh_token', refresh_token, access_grant, ...proof(door, app) },
  })

export const revoke = (door: Door, app: App, token: string): Promise<Outcome> =>
  ask(`${door.url}/oauth2/revoke`, { form: { token, ...proof(door, app) } })

export const introspect = (door: Door, app: App, token: string): Promise<Outcome> =>
  ask(`${door.url}/oauth2/introspect`, { form: { token, ...proof(door, app) } })

/** A client assertion with a `jti` of its own. @source RFC 7523 §3 */
export function proof(
  door: Door,
  { client_id, issuer, ...app }: App,
  secret = app.client_secret,
): Readonly<Record<string, string>> {
  const iat = nowAt(door)
  const claims = { iss: client_id, sub: client_id, aud: issuer, iat, exp: iat + 60, jti: randomUUID() }
  return {
    client_id,
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: hs256(claims, secret),
  }
}

const nowAt = (door: Door): number => Math.floor(Date.now() / 1000) + door.ahead()
