import type { ErrorAnswer, TokenAnswer, TokenForm } from '@valetkey/protocol'
import { createClientSecretJwt } from './client-secret-jwt.ts'
import { halvesOf, unsealed } from './halves.ts'
import { answerIn, refusalIn, unexpected, wasRedirected } from './http.ts'
import { isListOf, isObject, isText, isTextOrAbsent, isWholeNumber } from './json.ts'

export interface RedeemCodeOptions {
  /** Where the server is, such as `https://auth.example.com`. */
  readonly url: string
  readonly client_id: string
  /** The client secret itself; it stays here, and a JWT made with it is sent. */
  readonly client_secret: string
  /**
   * Single use, and valid for about a minute. Of one in two halves, which the user's browser sealed storage keys for, the
   * second never leaves this process.
   */
  readonly code: string
  /** Byte for byte as in the authorization request. */
  readonly redirect_uri: string
  /**
   * What the user's data is encrypted with; absent is the same as blank. Refused with a code in two halves: the user gave
   * it to the browser.
   */
  readonly passphrase?: string | undefined
  /** When the authorization request had a `code_challenge`. */
  readonly code_verifier?: string | undefined
  readonly signal?: AbortSignal | undefined
}

export interface RedeemedCode extends TokenAnswer {
  /** Names this request in the server's log and traces. */
  readonly trace_id: string
}

/**
 * Trades an authorization code for an access grant. A fresh JWT is made for it, from the client secret.
 *
 * Storage keys that the user's browser sealed are opened here, so that no server ever reads them.
 *
 * @throws ValetkeyError when the server refuses, or when sealed storage keys do not open
 * @throws TypeError when the server cannot be reached; the code may have been spent even so
 */
export async function redeemCode(options: RedeemCodeOptions): Promise<RedeemedCode> {
  const { url, client_id, client_secret, code, redirect_uri, passphrase, code_verifier, signal } = options
  const { server_half, browser_half } = halvesOf(code)
  const form: TokenForm = {
    client_id,
    client_secret: await createClientSecretJwt({ client_id, client_secret }),
    redirect_uri,
    code: server_half,
    ...(passphrase === undefined ? {} : { passphrase }),
    ...(code_verifier === undefined ? {} : { code_verifier }),
  }
  const response = await fetch(new URL('/api/v0/oauth2/token', url), {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify(form),
    redirect: 'manual', // secrets go where they were sent, and nowhere else; Workers know no 'error'
    ...(signal === undefined ? {} : { signal }),
  })
  if (wasRedirected(response)) throw new TypeError('the server redirects the token request')
  const answer = answerIn(response, await response.text().catch(() => ''))
  const { body, trace_id } = answer
  if (!response.ok) throw isErrorAnswer(body) ? refusalIn(answer) : unexpected(answer)
  const given = tokenAnswerIn(body)
  if (given === undefined) throw unexpected(answer)
  if (browser_half === undefined) return { ...given, trace_id }
  const { access_grant, sealed_encryption_access = '', ...rest } = given
  const sealed = { access_grant, sealed_encryption_access, browser_half, client_id }
  return { ...rest, access_grant: unsealed(sealed, answer), trace_id }
}

/** The contract's refusals have all four; what has less comes from somebody in between. */
function isErrorAnswer(body: unknown): body is ErrorAnswer {
  return isObject(body) && [body.error, body.error_description, body.trace_id, body.error_uri].every(isText)
}

function tokenAnswerIn(body: unknown): TokenAnswer | undefined {
  if (!isObject(body)) return undefined
  const { access_grant, scopes, expires_in, sealed_encryption_access } = body
  if (!isText(access_grant) || !isListOf(scopes, isText) || !isWholeNumber(expires_in)) return undefined
  if (!isTextOrAbsent(sealed_encryption_access)) return undefined
  return {
    access_grant,
    scopes,
    expires_in,
    ...(sealed_encryption_access === undefined ? {} : { sealed_encryption_access }),
  }
}
