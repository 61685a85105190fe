import { equalTexts, utf8 } from './encoding.ts'
import { ValetkeyError } from './valetkey-error.ts'

/** An event as a webhook brings it. */
export interface WebhookEvent {
  /** The same however often it is delivered. */
  readonly id: string
  /** Such as `grant.revoked`. */
  readonly type: string
  /** When it happened, RFC 3339. */
  readonly created_at: string
  readonly data: Readonly<Record<string, unknown>>
}

export interface VerifyWebhookOptions {
  /** How old or young the signature may be, in seconds; 300 unless said otherwise. */
  readonly toleranceSeconds?: number
  /** Epoch seconds; the clock of this machine unless said otherwise. */
  readonly now?: number
}

type Headers =
  | { get(name: string): string | null }
  | Readonly<Record<string, string | readonly string[] | undefined>>

/**
 * The event of a webhook, once its signature proves that it comes from this endpoint's server and is not an old one
 * played back. `body` is the text as it came, before anybody parsed it; `headers` are those of a `Request` or of Node.
 *
 * @throws ValetkeyError `webhook_unverified`: unsigned, signed with another secret, changed, or too old
 * @source https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */
export async function verifyWebhook(
  secret: string,
  headers: Headers,
  body: string,
  { toleranceSeconds = 300, now = Math.floor(Date.now() / 1000) }: VerifyWebhookOptions = {},
): Promise<WebhookEvent> {
  const [id, timestamp, signatures] = ['id', 'timestamp', 'signature'].map((name) =>
    headerOf(headers, `webhook-${name}`),
  ) as [string, string, string]
  if (id === '' || signatures === '' || !/^\d{1,12}$/.test(timestamp)) throw unverified('it is not signed')
  const expected = `v1,${await signatureOf(secret, `${id}.${timestamp}.${body}`)}`
  // All are compared: while a secret is rotated there are two.
  if (signatures.split(' ').filter((one) => equalTexts(one, expected)).length === 0)
    throw unverified('the signature is of another secret or another body')
  if (Math.abs(now - Number(timestamp)) > toleranceSeconds)
    throw unverified('the signature is too old, or from the future')
  return JSON.parse(body)
}

async function signatureOf(secret: string, signed: string): Promise<string> {
  const algorithm = { name: 'HMAC', hash: 'SHA-256' }
  const key = await crypto.subtle.importKey('raw', keyOf(secret), algorithm, false, ['sign'])
  const signature = new Uint8Array(await crypto.subtle.sign('HMAC', key, utf8(signed)))
  return btoa(String.fromCharCode(...signature))
}

/** `whsec_` and the key in base64. */
function keyOf(secret: string): Uint8Array<ArrayBuffer> {
  try {
    const text = atob(secret.trim().replace(/^whsec_/, ''))
    if (text !== '') return Uint8Array.from(text, (character) => character.charCodeAt(0))
  } catch {
    // Said below, without the secret.
  }
  throw new TypeError('the secret of a webhook is whsec_ and base64, as it was shown once')
}

function headerOf(headers: Headers, name: string): string {
  const value =
    typeof headers.get === 'function' ? headers.get(name) : (headers as Record<string, unknown>)[name]
  return typeof value === 'string' ? value : ''
}

const unverified = (why: string): ValetkeyError =>
  new ValetkeyError({
    status: 0,
    error: 'webhook_unverified',
    error_description: `This is no webhook of this endpoint: ${why}.`,
    trace_id: '',
    error_uri: '',
  })
