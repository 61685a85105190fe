/** What webhooks tell. Apart from the schemas, so that a page need not load those. */

/** The kinds of event that an endpoint can ask for, and when each is told. */
export const webhookEvents = {
  'grant.approved': 'a user let the app in, and it has collected its access',
  'grant.revoked': 'the user, you, the app itself or a code used twice has ended an access',
  'client_secret.used_after_retirement': 'a token request was signed with a secret that has been retired',
  'client_secret.expiring': 'a secret that was rotated out still signs, and its end is near',
  'token_request.failed': 'token requests fail for a reason not seen in the 24 hours before',
} as const
export type WebhookEvent = keyof typeof webhookEvents

export const webhookEventNames = Object.keys(webhookEvents) as readonly WebhookEvent[]

/** Sent on demand, to whatever endpoint asks for it. */
export const webhookTestEvent = 'webhook.test'

/** For so long a delivery can be looked up and repeated. */
export const deliveriesKeptDays = 30
