import type { WebhookEvent, webhookTestEvent } from '@valetkey/protocol'

/** Why an endpoint is not delivered to. */
export type DisabledBecause = 'gone' | 'failing' | 'developer'

/** Where a developer's program hears of what happened. */
export interface Webhook {
  readonly id: string
  readonly developer_id: string
  readonly url: string
  /** The client it is for; null: all of the developer's. */
  readonly client_id: string | null
  readonly events: readonly WebhookEvent[]
  readonly description: string
  readonly state: 'active' | 'disabled'
  readonly disabled_because: DisabledBecause | null
  /** Epoch seconds of the first failed attempt since the last success. */
  readonly failing_since: number | null
  /** Since when its developer knows by mail; null while there is nothing to know. */
  readonly warned_at: number | null
  /** Whether there was no attempt yet, or the last one failed or took long: such endpoints have room of their own, and take none from others. */
  readonly slow: boolean
  readonly last_attempt_at: number | null
  readonly last_success_at: number | null
  readonly created_at: number
  /** When it was made, or switched on again: it hears of nothing before. */
  readonly listening_since: number
}

/** What deliveries are signed with. Two are used while a rotation is under way. */
export interface WebhookSecret {
  readonly id: string
  readonly webhook_id: string
  /** The text of the secret, sealed with the purpose `webhook-secret` and this row's id. */
  readonly sealed_secret: string
  readonly created_at: number
  /** Epoch seconds from which on it signs nothing; null while it is current. */
  readonly retires_at: number | null
}

export type DeliveryType = WebhookEvent | typeof webhookTestEvent

/** One event on its way to one endpoint. */
export interface Delivery {
  readonly webhook_id: string
  /** Follows from what happened, so that finding it twice makes one event. */
  readonly event_id: string
  readonly type: DeliveryType
  readonly client_id: string | null
  /** What the body tells, JSON text; null where it is read from the grant `subject`. */
  readonly data: string | null
  readonly subject: string | null
  /** When it happened, epoch seconds. */
  readonly created_at: number
  readonly state: 'waiting' | 'delivered' | 'failed'
  readonly attempts: number
  /** Epoch seconds from which on it is tried; while it is being tried, when others may believe that attempt lost. */
  readonly due_at: number
  readonly last_attempt_at: number | null
  /** The HTTP status of the last answer. */
  readonly status: number | null
  readonly problem: string | null
  readonly duration_ms: number | null
}

/** An event before anybody looked who wants to hear of it. */
export type NewWebhookEvent = Pick<Delivery, 'event_id' | 'type' | 'created_at'> & {
  readonly client_id: string
  readonly data: string
}

/** As many as a developer may have. */
export const maxWebhooks = 20

const [minute, hour] = [60, 3600]

/** Pauses after the first, second, … failed attempt, in seconds: ten attempts in about three days. */
export const retryPauses: readonly number[] = [
  minute,
  5 * minute,
  20 * minute,
  hour,
  3 * hour,
  6 * hour,
  12 * hour,
  24 * hour,
  24 * hour,
]

/** When to try again after so many attempts, a fifth earlier or later by chance, so that what failed together does not
 * come back together; undefined: give up. */
export function nextAttemptAt(attempts: number, now: number, chance: number): number | undefined {
  const pause = retryPauses[attempts - 1]
  return pause === undefined ? undefined : now + Math.round(pause * (0.8 + 0.4 * chance))
}
