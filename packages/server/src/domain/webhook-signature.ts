import { createHmac } from 'node:crypto'

/** What every webhook secret begins with. @source https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md */
export const webhookSecretPrefix = 'whsec_'
const secretBytes = 32

/** A new secret: `whsec_` and 32 random bytes in base64, which are the HMAC key. */
export const newWebhookSecret = (random: (length: number) => Buffer): string =>
  webhookSecretPrefix + random(secretBytes).toString('base64')

/**
 * The headers that prove where a body comes from: one signature per secret, HMAC-SHA256 over id, time and body.
 *
 * @source https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */
export function signedHeaders(
  secrets: readonly string[],
  { id, at, body }: { readonly id: string; readonly at: number; readonly body: string },
): Readonly<Record<'webhook-id' | 'webhook-timestamp' | 'webhook-signature', string>> {
  const signatures = secrets.map((secret) => {
    const key = Buffer.from(secret.slice(webhookSecretPrefix.length), 'base64')
    return `v1,${createHmac('sha256', key).update(`${id}.${at}.${body}`).digest('base64')}`
  })
  return { 'webhook-id': id, 'webhook-timestamp': String(at), 'webhook-signature': signatures.join(' ') }
}
