import { type TokenAnswer, type TokenForm, tokenAnswer } from '@valetkey/protocol'
import { createClientSecretJwt } from './client-secret-jwt.ts'
import { errorOf, unexpectedAnswer } from './valetkey-error.ts'

export interface RedeemCodeOptions {
  /** Where the server is, such as `https://auth.example.com`. */
  readonly url: string
  readonly client_id: string
  /** The client secret itself; it stays here, and a JWT made with it is sent. */
  readonly client_secret: string
  /** Single use, and valid for about a minute. */
  readonly code: string
  /** Byte for byte as in the authorization request. */
  readonly redirect_uri: string
  /** What the user's data is encrypted with; absent is the same as blank. */
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
 * @throws ValetkeyError when the server refuses
 * @throws TypeError when the server cannot be reached; the code may have been spent even so
 */
export async function redeemCode(options: RedeemCodeOptions): Promise<RedeemedCode> {
  const { url, client_id, client_secret, code, redirect_uri, passphrase, code_verifier, signal } = options
  const form: TokenForm = {
    client_id,
    client_secret: await createClientSecretJwt({ client_id, client_secret }),
    redirect_uri,
    code,
    ...(passphrase === undefined ? {} : { passphrase }),
    ...(code_verifier === undefined ? {} : { code_verifier }),
  }
  const response = await fetch(new URL('/api/v0/oauth2/token', url), {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify(form),
    redirect: 'error', // secrets go where they were sent, and nowhere else
    ...(signal === undefined ? {} : { signal }),
  })
  if (!response.ok) throw await errorOf(response)
  const answer = tokenAnswer.safeParse(await response.json().catch(() => undefined))
  if (!answer.success) throw unexpectedAnswer(response)
  return { ...answer.data, trace_id: response.headers.get('x-trace-id') ?? '' }
}
