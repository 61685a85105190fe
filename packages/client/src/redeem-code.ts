import { AccessGrantError, decodeBase64Url, openAccessGrant } from '@valetkey/access-grant'
import { type TokenAnswer, type TokenForm, tokenAnswer } from '@valetkey/protocol'
import { createClientSecretJwt } from './client-secret-jwt.ts'
import { errorOf, keysNotOpened, unexpectedAnswer } from './valetkey-error.ts'

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
    redirect: 'error', // secrets go where they were sent, and nowhere else
    ...(signal === undefined ? {} : { signal }),
  })
  if (!response.ok) throw await errorOf(response)
  const answer = tokenAnswer.safeParse(await response.json().catch(() => undefined))
  if (!answer.success) throw unexpectedAnswer(response)
  const trace_id = response.headers.get('x-trace-id') ?? ''
  if (browser_half === undefined) return { ...answer.data, trace_id }
  try {
    return { ...opened(answer.data, browser_half, client_id), trace_id }
  } catch (cause) {
    if (!(cause instanceof AccessGrantError)) throw cause
    throw keysNotOpened(response, { cause })
  }
}

/** 32 bytes each, as base64url without padding: its last character has two bits to spare, and they are zero. */
const twoHalves = /^([\w-]{43})\.([\w-]{42}[AEIMQUYcgkosw048])$/

/** What does not look like two halves goes to the server as it is: it says what is wrong with it, and spends nothing. */
function halvesOf(code: string): { server_half: string; browser_half?: string } {
  const [, server_half, browser_half] = twoHalves.exec(code) ?? []
  if (server_half === undefined || browser_half === undefined) return { server_half: code }
  return { server_half, browser_half }
}

/** The access grant with the keys that were sealed beside it. @throws AccessGrantError */
function opened(
  { sealed_encryption_access = '', ...answer }: TokenAnswer,
  browser_half: string,
  client_id: string,
): TokenAnswer {
  const form = { key: decodeBase64Url(browser_half), associated_data: client_id }
  const sealed = decodeBase64Url(sealed_encryption_access)
  return { ...answer, access_grant: openAccessGrant(answer.access_grant, sealed, form) }
}
