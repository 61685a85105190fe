import { createHmac } from 'node:crypto'
import type { TokenForm } from '@valetkey/protocol'
import { SignJWT } from 'jose'
import type { Cause } from '../../domain/explain/causes.ts'
import { newId } from '../../ids.ts'
import { clientsPath, redirectUri, signedInPerson, type TestClient } from '../../testing/people.ts'
import type { RefusalScene } from '../../testing/refusal-scene.ts'

/** One thing that goes wrong with token requests, and what its developer is to be told of it. */
export interface Mistake {
  /** As the developer would say it, once it was found. */
  readonly name: string
  /** Where the server stops. */
  readonly cause: Cause
  /** What the mistake makes of a token request that is good in all else. */
  readonly make: (scene: RefusalScene) => Promise<Change>
  /** What the finding says, as far as it matters. A text stands in it, null is nothing. */
  readonly shows?: Shows
  /** What else is wrong with the request, in the order of the steps. */
  readonly besides?: readonly Cause[]
  /** In `error_description`, when it is more than the words for everybody. */
  readonly told?: string | RegExp
  /** All that is found in the same request pasted, where the pasted text shows more or less than the request did. */
  readonly pasted?: readonly Cause[]
  /** All that is found in the JWT with the secret at hand, where the server knows more. */
  readonly offline?: readonly Cause[]
}

export interface Shows {
  readonly seen?: string | RegExp | null
  readonly expected?: string | RegExp | null
  readonly apart?: string | RegExp | null
}

export interface Change {
  /** Parameters of the token request; one that is undefined is left out. */
  readonly form?: Parameters
  /** The HTTP request that carries them. */
  readonly http?: (form: Parameters) => Partial<HttpRequest>
  /** The secret that the developer has at hand, where it is not the one of the scene. */
  readonly secret?: string
  /** What redeems the code in the end; null when the mistake cost the code or the client. */
  readonly good?: Partial<TokenForm> | null
  /** What must not be told, since it is of other people. */
  readonly hides?: readonly string[]
  /** What must not be kept, beside the secret, the JWT, the code and the verifier. */
  readonly secrets?: readonly string[]
  /** The server that it is sent to, where a part of it was replaced. */
  readonly at?: RefusalScene
}

/** Of a token request, whatever became of them. */
export type Parameters = Readonly<Record<string, unknown>>

export interface HttpRequest {
  readonly method: 'POST' | 'GET'
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** A mistake in the one parameter that takes a JWT. */
export function inJwt(make: (scene: RefusalScene) => Promise<string>): Mistake['make'] {
  return async (scene) => ({ form: { client_secret: await make(scene) } })
}

interface Signing {
  readonly claims?: Claims
  readonly key?: Uint8Array | string
  readonly header?: Readonly<Record<string, unknown>> & { readonly alg: string }
}

/** One that is undefined is left out. */
export type Claims = Readonly<Record<string, unknown>>

/** A JWT as `jose` makes it, of the scene's client unless it is changed. */
export async function signed(
  { client, deps }: RefusalScene,
  { claims = {}, key = client.client_secret, header = { alg: 'HS256', typ: 'JWT' } }: Signing = {},
): Promise<string> {
  return new SignJWT({ client_id: client.client_id, exp: deps.clock.now() + 300, ...claims })
    .setProtectedHeader(header)
    .sign(Buffer.from(key))
}

/** A JWT as code by hand makes it, where no library would: any text for header and payload, any key, any hash. */
export function handMade(
  header: string,
  payload: string,
  { key = '', hash = 'sha256', encoding = 'base64url' }: HandMade = {},
): string {
  const content = `${Buffer.from(header).toString(encoding)}.${Buffer.from(payload).toString(encoding)}`
  return `${content}.${createHmac(hash, key).update(content).digest(encoding)}`
}

interface HandMade {
  readonly key?: Uint8Array | string
  readonly hash?: 'sha256' | 'sha512'
  readonly encoding?: 'base64url' | 'base64'
}

/** What `jsonwebtoken` and code by hand put first. */
export const usualHeader = '{"alg":"HS256","typ":"JWT"}'

/** The same claims as those of `signed`, as JSON. */
export const usualPayload = ({ client, deps }: RefusalScene): string =>
  JSON.stringify({ client_id: client.client_id, exp: deps.clock.now() + 300 })

/** The scene's client, given a secret that was made elsewhere, as by an import from another server. */
export async function withSecret(scene: RefusalScene, client_secret: string): Promise<RefusalScene> {
  const { deps, developer, client } = scene
  const id = newId(deps)
  const now = deps.clock.now()
  const row = {
    id,
    client_row_id: client.id,
    sealed_secret: deps.sealer.seal('client-secret', id, Buffer.from(client_secret)),
    created_at: now,
    retires_at: null,
    retired_by: null,
    last_used_at: null,
  }
  if (!(await deps.store.clients.rotate(row, now, developer.account.id))) throw new Error('not rotated')
  return { ...scene, client: { ...client, client_secret } }
}

/** Another client of the same developer. */
export async function clientOf(
  { ask, developer }: Pick<RefusalScene, 'ask' | 'developer'>,
  name: string,
): Promise<TestClient> {
  const form = { name, redirect_uris: [redirectUri] }
  const { body } = await ask(developer, 'POST', clientsPath, form)
  const list = await ask(developer, 'GET', clientsPath)
  const { id } = list.body.find(({ client_id }: TestClient) => client_id === body.client_id)
  return { ...body, id }
}

/** A client of a developer who has nothing to do with the scene's. */
export async function foreignClient({ ask, deps }: RefusalScene): Promise<TestClient> {
  return clientOf({ ask, developer: await signedInPerson(deps, 'developer', 'Bob Elsewhere') }, 'Diaries')
}
