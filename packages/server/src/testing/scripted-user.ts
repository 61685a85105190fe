import { randomBytes } from 'node:crypto'
import { encodeBase64Url, sealEncryptionAccess, shareRootKey } from '@valetkey/access-grant'
import { type ConsentPageData, parseScopes, secondsPerDay, withParameters } from '@valetkey/protocol'
import type { FastifyInstance } from 'fastify'
import { sealForDevice } from '../../../web/src/pages/consent/seal-for-device.ts'
import { createArgon2id } from '../argon2.ts'
import { createRootKeys } from '../root-keys.ts'

/** One request of a browser, which follows no redirect by itself. `url` is absolute, or a path of the server. */
export type Send = (request: {
  readonly method: 'GET' | 'POST'
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
}) => Promise<{ readonly status: number; readonly location: string | undefined; readonly text: string }>

export interface Choice {
  readonly deny?: boolean
  readonly passphrase?: string
  /** What is approved; all that was asked for unless it is said. */
  readonly scopes?: readonly string[]
  /** Epoch seconds. */
  readonly not_after?: number
}

/** Where the browser went when its user had decided. */
export interface BackAtApp {
  /** The redirect URI with what was added to it. */
  readonly url: string
  /** How it got there. */
  readonly response_mode: 'query' | 'form_post'
  readonly parameters: Readonly<Record<string, string>>
}

/** A user with a browser that does what the pages' scripts do, for clients whose tests are about something else. */
export interface ScriptedUser {
  /** Goes where an app sends its user, signed in, and decides. */
  decide(authorization_url: string, choice?: Choice): Promise<BackAtApp>
  /** Enters the code that a device shows, and decides. */
  decideForDevice(user_code: string, choice?: Choice): Promise<void>
}

const rootKeys = createRootKeys(createArgon2id(1))

export function scriptedUser(send: Send, session: string): ScriptedUser {
  const headers = { authorization: `Bearer ${session}`, accept: 'text/html' }
  const json = { ...headers, accept: 'application/json', 'content-type': 'application/json' }

  async function pageData(url: string): Promise<ConsentPageData> {
    const { status, text } = await send({ method: 'GET', url, headers })
    const [, data] = /<script type="application\/json" id="page-data">(.*?)<\/script>/s.exec(text) ?? []
    if (status !== 200 || data === undefined)
      throw new Error(`${url.split('?')[0]} answered ${status}: ${text}`)
    return JSON.parse(data)
  }

  async function post(url: string, body: object): Promise<Record<string, string>> {
    const answer = await send({ method: 'POST', url, headers: json, body: JSON.stringify(body) })
    if (answer.status !== 200) throw new Error(`${url} answered ${answer.status}: ${answer.text}`)
    return JSON.parse(answer.text)
  }

  async function decideOn(data: ConsentPageData, choice: Choice): Promise<Readonly<Record<string, string>>> {
    const { request_id, csrf_token, asked } = data
    if (choice.deny === true) {
      await post('/consent', { request_id, csrf_token, approve: false })
      return { error: 'access_denied' }
    }
    const approved_scopes = choice.scopes ?? [...asked.actions, ...asked.places.map(({ scope }) => scope)]
    const [project] = data.projects
    const half = randomBytes(32)
    const sealed = await sealedKeys(data, approved_scopes, half, choice.passphrase ?? '')
    const sealed_half =
      data.device_public_key === undefined
        ? {}
        : {
            sealed_half: await sealForDevice(half, {
              public_key: data.device_public_key,
              client_id: data.client_id,
            }),
          }
    const not_after = choice.not_after ?? data.latest_end - secondsPerDay
    const { code = '' } = await post('/consent', {
      request_id,
      csrf_token,
      approve: true,
      approved_scopes,
      project_id: project?.id,
      not_after,
      ...sealed,
      ...sealed_half,
    })
    return { code: `${code}.${half.toString('base64url')}` }
  }

  return {
    async decide(authorization_url, choice = {}) {
      const asked = await send({ method: 'GET', url: authorization_url, headers })
      if (asked.status !== 303 || asked.location === undefined)
        throw new Error(`the authorization endpoint answered ${asked.status}: ${asked.text}`)
      // Whatever is wrong, the app hears of it.
      if (!asked.location.startsWith('/consent/'))
        return { url: asked.location, response_mode: 'query', parameters: parametersIn(asked.location) }
      const data = await pageData(asked.location)
      const answer = await decideOn(data, choice)
      const { state, iss } = data
      const parameters = {
        ...answer,
        ...(state === undefined ? {} : { state }),
        ...(iss === undefined ? {} : { iss }),
      }
      const { response_mode = 'query', redirect_uri } = data
      return { url: withParameters(redirect_uri, parameters), response_mode, parameters }
    },
    async decideForDevice(user_code, choice = {}) {
      const { request_id } = await post('/device', { user_code })
      await decideOn(await pageData(`/consent/${request_id}`), choice)
    },
  }
}

async function sealedKeys(
  { projects: [project], client_id }: ConsentPageData,
  scopes: readonly string[],
  key: Uint8Array,
  passphrase: string,
) {
  const approved = parseScopes(scopes)
  if (!approved.ok || project === undefined) throw new Error('nothing to be approved')
  const root_key = await rootKeys(passphrase, project.salt)
  const { encryption_access, encrypted_prefixes } = shareRootKey(root_key, approved.set.places)
  const sealed = sealEncryptionAccess(encryption_access, {
    key,
    nonce: randomBytes(12),
    associated_data: client_id,
  })
  return {
    sealed_encryption_access: encodeBase64Url(sealed),
    encrypted_prefixes: encrypted_prefixes.map(({ bucket, encrypted_path_prefix }) => ({
      bucket: Buffer.from(bucket).toString(),
      encrypted_path_prefix: encodeBase64Url(encrypted_path_prefix),
    })),
  }
}

const parametersIn = (url: string) => Object.fromEntries(new URL(url).searchParams)

/** To a server in this process. */
export const injected =
  (app: FastifyInstance): Send =>
  async ({ method, url, headers, body }) => {
    const path = url.startsWith('/') ? url : `/${url.split('/').slice(3).join('/')}`
    const options = { method, url: path, headers, ...(body === undefined ? {} : { payload: body }) }
    const { statusCode, headers: answered, payload } = await app.inject(options)
    return { status: statusCode, location: textOf(answered.location), text: payload }
  }

/** Over the network. */
export const overHttp =
  (base: string): Send =>
  async ({ method, url, headers, body }) => {
    const answer = await fetch(new URL(url, base), {
      method,
      headers,
      redirect: 'manual',
      ...(body === undefined ? {} : { body }),
    })
    return {
      status: answer.status,
      location: answer.headers.get('location') ?? undefined,
      text: await answer.text(),
    }
  }

const textOf = (header: unknown): string | undefined => (typeof header === 'string' ? header : undefined)
