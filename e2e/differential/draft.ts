import { request as httpRequest } from 'node:http'
import { jwtBearer } from '../../packages/server/src/testing/standard-scene.ts'
import { assertionOf, type Damage } from './assertion.ts'
import type { ClientName, Party } from './party.ts'

/** A request that is about to be sent, so that one thing about it can be changed. */
export interface Draft {
  readonly method: string
  readonly endpoint: Endpoint
  /** Without the question mark. */
  readonly query?: string
  readonly headers: Readonly<Record<string, string>>
  readonly fields: readonly Field[]
  /** Made of the finished form; in place of it. */
  readonly body?: (form: string) => string | Buffer
}

export type Endpoint = 'token' | 'par' | 'revoke' | 'device_authorization'
type Field = readonly [name: string, value: string]
export type Fields = Readonly<Record<string, string>>
export type Change = (draft: Draft, to: Party) => Draft | Promise<Draft>

export const formType = 'application/x-www-form-urlencoded'

/** What such a client posts: a form, and its proof. */
export const posted = (to: Party, endpoint: Endpoint, fields: Fields, as: ClientName = 'app'): Draft => ({
  method: 'POST',
  endpoint,
  headers: { 'content-type': formType },
  fields: Object.entries({ ...fields, ...proofOf(to, as) }),
})

/** `client_id` alone, where there is nothing to prove. */
export function proofOf(to: Party, of: ClientName): Fields {
  const { client_id } = to.clients[of]
  if (of === 'open') return { client_id }
  return { client_id, client_assertion: assertionOf(to, of), client_assertion_type: jwtBearer }
}

export const without =
  (...names: string[]): Change =>
  (draft) => ({ ...draft, fields: draft.fields.filter(([name]) => !names.includes(name)) })

/** Other values for parameters that are there, or new parameters. */
export const having =
  (make: Fields | ((to: Party) => Fields | Promise<Fields>)): Change =>
  async (draft, to) => {
    const made = typeof make === 'function' ? await make(to) : make
    const kept = draft.fields.filter(([name]) => !Object.hasOwn(made, name))
    return { ...draft, fields: [...kept, ...Object.entries(made)] }
  }

export const changed =
  (name: string, change: (value: string) => string): Change =>
  (draft) => ({
    ...draft,
    fields: draft.fields.map(([one, value]) => [one, one === name ? change(value) : value]),
  })

/** The same parameter once more. */
export const again =
  (name: string, value?: string): Change =>
  (draft) => ({ ...draft, fields: [...draft.fields, [name, value ?? fieldOf(draft, name)]] })

export const headed =
  (make: Fields | ((to: Party) => Fields)): Change =>
  (draft, to) => ({
    ...draft,
    headers: { ...draft.headers, ...(typeof make === 'function' ? make(to) : make) },
  })

/** Another body, of another type, or of none when that is empty. */
export const bodied =
  (type: string, body: NonNullable<Draft['body']> = (form) => form): Change =>
  (draft) => ({ ...draft, headers: type === '' ? {} : { 'content-type': type }, body })

export const asked =
  (query: string): Change =>
  (draft) => ({ ...draft, query })

export const by =
  (method: string): Change =>
  (draft) => ({ ...draft, method })

export const asserting =
  (damage: Damage, of: ClientName = 'app'): Change =>
  (draft, to) =>
    having({ client_assertion: assertionOf(to, of, damage) })(draft, to)

/** One change after the other. */
export const both =
  (...changes: Change[]): Change =>
  async (draft, to) => {
    let latest = draft
    for (const change of changes) latest = await change(latest, to)
    return latest
  }

export const fieldOf = ({ fields }: Draft, name: string): string =>
  fields.find(([one]) => one === name)?.[1] ?? ''

export interface Answer {
  readonly status: number
  readonly body: Readonly<Record<string, unknown>>
}

/** What was answered, in short: `400 invalid_grant`, or the status alone where there is no error. */
export const inShort = ({ status, body }: Answer): string =>
  typeof body.error === 'string' ? `${status} ${body.error}` : String(status)

/** Over a connection of its own, with nothing added or mended on the way. */
export function send(
  { issuer }: Party,
  { method, endpoint, query, headers, fields, body }: Draft,
): Promise<Answer> {
  const form = fields.map((field) => field.map(encodeURIComponent).join('=')).join('&')
  const payload = Buffer.from(body?.(form) ?? form)
  const url = `${issuer}/oauth2/${endpoint}${query === undefined ? '' : `?${query}`}`
  const bodiless = method === 'GET' || method === 'HEAD' || method === 'TRACE'
  const length = bodiless || headers['transfer-encoding'] ? {} : { 'content-length': payload.length }
  return new Promise((resolve, reject) => {
    const request = httpRequest(url, {
      method,
      agent: false,
      headers: { accept: 'application/json', ...headers, ...length },
    })
    request.on('response', async (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, body: objectIn(Buffer.concat(chunks).toString()) }),
      )
    })
    request.on('error', reject)
    request.end(bodiless ? undefined : payload)
  })
}

function objectIn(text: string): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(text)
  } catch {
    return {}
  }
}
