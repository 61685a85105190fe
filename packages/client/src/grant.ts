import type { StorageAccessDetail } from '@valetkey/protocol'
import type { Client } from './client-auth.ts'
import type { AuthorizationServer } from './discover.ts'
import { unsealed } from './halves.ts'
import { type Answer, postForm, type RequestOptions, unexpected } from './http.ts'
import { isListOf, isObject, isText, isTextOrAbsent, isWholeNumber } from './json.ts'

/** What a user gave an app, as plain JSON. Keep it as a password is kept: it opens the user's storage. */
export interface Grant {
  /** For an uplink: the access grant with its storage keys. */
  readonly access_grant: string
  /** Epoch seconds, by the clock of this machine: when the access grant ends. */
  readonly expires_at: number
  /** What was given, which may be less than what was asked for. */
  readonly scope: string
  readonly authorization_details: readonly StorageAccessDetail[]
  /** Good for one `refreshGrant`. Opaque: the server's half and, where there is one, the half that opens the keys. */
  readonly refresh_token?: string
  /** The storage keys, when the half that opens them was not here; the access grant has none then. */
  readonly sealed_encryption_access?: string
  /** Names the request in the server's log and traces; empty where a browser may not see it. */
  readonly trace_id: string
}

/**
 * Whether it is time for `refreshGrant`.
 *
 * @param options.withinSeconds how long before its end; enough for what is to be done with the access grant
 * @param options.now epoch seconds
 * @returns false as well when there is nothing to refresh with
 */
export function grantNeedsRefresh(
  { expires_at, refresh_token }: Pick<Grant, 'expires_at' | 'refresh_token'>,
  { withinSeconds = 60, now = Date.now() / 1000 }: { withinSeconds?: number; now?: number } = {},
): boolean {
  return refresh_token !== undefined && expires_at - withinSeconds <= now
}

interface TokenForm {
  readonly grant_type: string
  readonly [name: string]: string | undefined
}

/**
 * One request to the token endpoint, and the keys opened that come back sealed.
 *
 * @param browser_half what opens them; never sent
 */
export async function requestGrant(
  { valetkey, client }: { readonly valetkey: AuthorizationServer; readonly client: Client },
  form: TokenForm,
  browser_half: string | undefined,
  options: RequestOptions,
): Promise<Grant> {
  const { client_id, auth } = client
  const proof = await auth.proofFor({ client_id, issuer: valetkey.issuer })
  const asked_at = Math.floor(Date.now() / 1000)
  const answer = await postForm(valetkey.token_endpoint, { ...form, client_id, ...proof }, options)
  const grant = grantIn(answer, asked_at)
  if (browser_half === undefined) return grant
  const { sealed_encryption_access = '', ...rest } = grant
  const { refresh_token } = rest
  const sealed = { access_grant: rest.access_grant, sealed_encryption_access, browser_half, client_id }
  const access_grant = unsealed(
    sealed,
    answer,
    form.grant_type === 'refresh_token' ? 'refresh token' : 'code',
  )
  const kept = refresh_token === undefined ? {} : { refresh_token: `${refresh_token}.${browser_half}` }
  return { ...rest, access_grant, ...kept }
}

function grantIn(answer: Answer, asked_at: number): Grant {
  const problem = 'has no access grant'
  if (!isObject(answer.body)) throw unexpected(answer, problem)
  const {
    access_token,
    access_grant = access_token,
    token_type,
    expires_in,
    scope = '',
    authorization_details = [],
    refresh_token,
    sealed_encryption_access,
  } = answer.body
  if (
    !isText(access_grant) ||
    !isText(token_type) ||
    token_type.toLowerCase() !== 'bearer' ||
    !isWholeNumber(expires_in) ||
    !isText(scope) ||
    !isListOf(authorization_details, isDetail) ||
    !isTextOrAbsent(refresh_token) ||
    !isTextOrAbsent(sealed_encryption_access)
  ) {
    throw unexpected(answer, problem)
  }
  return {
    access_grant,
    expires_at: asked_at + expires_in,
    scope,
    authorization_details,
    ...(refresh_token === undefined ? {} : { refresh_token }),
    ...(sealed_encryption_access === undefined ? {} : { sealed_encryption_access }),
    trace_id: answer.trace_id,
  }
}

const isDetail = (value: unknown): value is StorageAccessDetail =>
  isObject(value) &&
  value.type === 'storage_access' &&
  isListOf(value.actions, isText) &&
  [value.project, value.bucket, value.prefix].every(isTextOrAbsent) &&
  [value.not_after, value.max_object_ttl].every((time) => time === undefined || isWholeNumber(time))
