import type { PendingAuthorization } from './begin-authorization.ts'
import type { Client } from './client-auth.ts'
import type { AuthorizationServer } from './discover.ts'
import { equalTexts } from './encoding.ts'
import { type Grant, requestGrant } from './grant.ts'
import { halvesOf } from './halves.ts'
import type { RequestOptions } from './http.ts'
import { localError, ValetkeyError } from './valetkey-error.ts'

/** What the user's browser came back with: an address, whole or from its path on, or the fields of a posted form. */
export type Callback = string | URL | URLSearchParams

export interface FinishOptions extends RequestOptions {
  /**
   * What the user's data is encrypted with, if the app knows it. Sent only when the code came without a second half:
   * behind one are the storage keys themselves, and nobody needs a passphrase.
   */
  readonly passphrase?: string | undefined
}

/**
 * Finishes what `beginAuthorization` began: looks at who answers and to what, and trades the code for an access grant.
 *
 * The server's half of the code alone is sent; storage keys that the user's browser sealed are opened here. Throw
 * `pending` away, whatever comes of it: a code counts once.
 *
 * @throws ValetkeyError `issuer_mismatch` `state_mismatch` `callback_malformed` before anything is sent; `access_denied`
 *   and whatever else the server says; `keys_not_opened` `unexpected_answer` `unreachable`
 * @source RFC 9207 §2.4 (iss), RFC 6749 §4.1.2 (state), §4.1.3, RFC 7636 §4.5
 */
export async function finishAuthorization(
  valetkey: AuthorizationServer,
  client: Client,
  pending: PendingAuthorization,
  callback: Callback,
  { passphrase, ...options }: FinishOptions = {},
): Promise<Grant> {
  const { server_half, browser_half } = halvesOf(codeIn(valetkey, pending, callback))
  const form = {
    grant_type: 'authorization_code',
    code: server_half,
    redirect_uri: pending.redirect_uri,
    code_verifier: pending.code_verifier,
    passphrase: browser_half === undefined ? passphrase : undefined,
  }
  return requestGrant({ valetkey, client }, form, browser_half, options)
}

function codeIn(valetkey: AuthorizationServer, pending: PendingAuthorization, callback: Callback): string {
  const answer = fieldsOf(callback, pending.redirect_uri)
  if (pending.issuer !== valetkey.issuer) {
    throw localError('issuer_mismatch', 'What is pending was begun at another server.')
  }
  if (only(answer, 'iss') !== valetkey.issuer) {
    throw localError('issuer_mismatch', 'Another server answered than the one that was asked.')
  }
  if (!equalTexts(only(answer, 'state') ?? '', pending.state)) {
    throw localError('state_mismatch', 'This is no answer to the authorization that is pending here.')
  }
  const error = only(answer, 'error')
  if (error !== undefined) {
    throw new ValetkeyError({
      status: 0,
      error,
      error_description: only(answer, 'error_description') ?? '',
      trace_id: only(answer, 'trace_id') ?? '',
      error_uri: only(answer, 'error_uri') ?? '',
    })
  }
  const code = only(answer, 'code')
  if (code === undefined) throw localError('callback_malformed', 'The answer has neither code nor error.')
  return code
}

function fieldsOf(callback: Callback, base: string): URLSearchParams {
  if (typeof callback === 'string') return new URL(callback, base).searchParams
  return 'searchParams' in callback ? callback.searchParams : callback
}

/** Nothing may be there twice: whoever reads the first would see another answer than who reads the last. */
function only(answer: URLSearchParams, name: string): string | undefined {
  const [value, another] = answer.getAll(name)
  if (another !== undefined) throw localError('callback_malformed', `The answer has ${name} twice.`)
  return value === '' ? undefined : value
}
