import { type AskedAccess, accessFields } from './access-form.ts'
import type { Client } from './client-auth.ts'
import type { AuthorizationServer } from './discover.ts'
import { type Grant, requestGrant } from './grant.ts'
import { halvesOf } from './halves.ts'
import { defaultTimeoutMs, type RequestOptions } from './http.ts'
import { ValetkeyError } from './valetkey-error.ts'

export type RefreshOptions = RequestOptions & {
  /** Where the user's browser sealed no keys, instead of the old access grant. Never sent with a token in two halves. */
  readonly passphrase?: string | undefined
} & (AskedAccess | { readonly access?: never; readonly scope?: never })

/**
 * A new access grant for a refresh token, and the next refresh token: store both before you use either.
 *
 * The server's half of the token alone is sent; the other opens the storage keys here and is kept beside the new token.
 * A token without a second half needs the keys of the old access grant, so hand the whole grant over: then, and only
 * then, its access grant is sent along.
 *
 * When no answer comes it is asked for once more: for 30 s the server gives the same successor to the same token. Later
 * it takes the token for stolen and ends the grant.
 *
 * @param grant a grant, or its refresh token
 * @param options.scope or `access`: less than was given, this once; absent: all of it
 * @throws RangeError when the grant has no refresh token, and for less than was given that would be all of it: a `scope`
 *   or `places` without anything in it, or something undefined
 * @throws ValetkeyError `invalid_grant` when the grant has ended; `unreachable` after two tries, with the token still good
 *   for what is left of the 30 s, or for later if no request has arrived; whatever else the server says
 * @source RFC 6749 §6, RFC 9700 §4.14.2
 */
export async function refreshGrant(
  valetkey: AuthorizationServer,
  client: Client,
  grant: string | Pick<Grant, 'access_grant' | 'refresh_token'>,
  { passphrase, ...options }: RefreshOptions = {},
): Promise<Grant> {
  const { refresh_token = '', access_grant } =
    typeof grant === 'string' ? { refresh_token: grant, access_grant: undefined } : grant
  if (refresh_token === '') throw new RangeError('the grant has no refresh token')
  const { server_half, browser_half } = halvesOf(refresh_token)
  const keys = passphrase === undefined ? { access_grant } : { passphrase }
  const form = {
    grant_type: 'refresh_token',
    refresh_token: server_half,
    ...accessFields(options),
    ...(browser_half === undefined ? keys : {}),
  }
  const renewed = await twiceIfLost(
    (again) => requestGrant({ valetkey, client }, form, browser_half, { ...options, ...again }),
    options,
  )
  return { refresh_token, ...renewed }
}

const repeatableMs = 30_000

/** Asks again when the answer was lost, unless the second request could arrive when it looks like a theft. */
async function twiceIfLost<T>(
  ask: (again: Pick<RequestOptions, 'timeoutMs'>) => Promise<T>,
  { timeoutMs = defaultTimeoutMs }: RequestOptions,
): Promise<T> {
  const begun = Date.now()
  try {
    return await ask({})
  } catch (error) {
    const left = repeatableMs - (Date.now() - begun)
    if (!isLost(error) || left < defaultTimeoutMs) throw error
    return ask({ timeoutMs: Math.min(timeoutMs, left) })
  }
}

const isLost = (error: unknown): boolean => error instanceof ValetkeyError && error.error === 'unreachable'
