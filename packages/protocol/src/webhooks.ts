import { z } from 'zod'
import { exactly } from './exactly.ts'
import { given } from './query.ts'
import { webhookEventNames } from './webhook-events.ts'

/** A developer's webhook endpoints and what was delivered to them. Times are RFC 3339. */

const url = z.string().max(4096)
const client_id = z.uuid().nullable()
const events = z.array(z.enum(webhookEventNames)).min(1).max(webhookEventNames.length)
const description = z.string().max(200)

export const webhookForm = exactly({
  /** https. */
  url,
  /** The client it is for; null or absent: all of them, those to come included. */
  client_id: client_id.optional(),
  /** Absent: all kinds there are. */
  events: events.optional(),
  description: description.optional(),
})
export type WebhookForm = z.infer<typeof webhookForm>

/** What is absent stays as it is. */
export const webhookChangeForm = exactly({
  url: url.optional(),
  client_id: client_id.optional(),
  events: events.optional(),
  description: description.optional(),
  /** `active` takes up deliveries again, also after too many failures. */
  state: z.enum(['active', 'disabled']).optional(),
})
export type WebhookChangeForm = z.infer<typeof webhookChangeForm>

export const webhookPath = z.object({ id: z.string().max(64) })
export const webhookDeliveryPath = webhookPath.extend({ event_id: z.string().max(200) })

export const webhookAnswer = z.object({
  id: z.string(),
  url: z.string(),
  client_id: z.string().nullable(),
  events: z.array(z.enum(webhookEventNames)),
  description: z.string(),
  /** `failing`: no delivery got through since `failing_since`, and they are tried again. */
  state: z.enum(['active', 'failing', 'disabled']),
  failing_since: z.string().nullable(),
  /** The endpoint answered 410, failed for too long, or was switched off by its developer. */
  disabled_because: z.enum(['gone', 'failing', 'developer']).nullable(),
  last_attempt_at: z.string().nullable(),
  last_success_at: z.string().nullable(),
  created_at: z.string(),
  /** Newest first: those that sign now. */
  secrets: z.array(z.object({ created_at: z.string(), retires_at: z.string().nullable() })),
})
export type WebhookAnswer = z.infer<typeof webhookAnswer>
export const webhookListAnswer = z.array(webhookAnswer)

/** The secret is shown once; nothing reads it back. */
export const webhookSecretAnswer = z.object({ id: z.string(), secret: z.string().regex(/^whsec_/) })
export type WebhookSecretAnswer = z.infer<typeof webhookSecretAnswer>

export const webhookSecretForm = exactly({
  /** Seconds for which deliveries are signed with the present secret as well, at most 30 days; 0 ends it at once. Absent: a day. */
  keep_previous_for: z.number().int().min(0).max(2_592_000).optional(),
}).nullish()
export type WebhookSecretForm = z.infer<typeof webhookSecretForm>

export const webhookDeliveryAnswer = z.object({
  /** Names the event; the same in `webhook-id` and in the body. */
  id: z.string(),
  type: z.string(),
  client_id: z.string().nullable(),
  created_at: z.string(),
  /** `waiting`: it will be tried, or is being tried. `failed`: it was given up. */
  state: z.enum(['waiting', 'delivered', 'failed']),
  attempts: z.number(),
  last_attempt_at: z.string().nullable(),
  next_attempt_at: z.string().nullable(),
  /** The HTTP status of the last answer, where one came. */
  status: z.number().nullable(),
  /** Why the last attempt failed, as a word and in a sentence. */
  problem: z.string().nullable(),
  explanation: z.string().nullable(),
  duration_ms: z.number().nullable(),
})
export type WebhookDeliveryAnswer = z.infer<typeof webhookDeliveryAnswer>

export const webhookDeliveryQuery = z.object({
  limit: given(z.coerce.number().int().min(1).max(100)),
  state: given(z.enum(['waiting', 'delivered', 'failed'])),
  /** `next_cursor` of an earlier answer. */
  cursor: given(z.string().regex(/^\d{1,12}\.[\w-]{1,190}$/, 'must be next_cursor of an earlier answer')),
})
export type WebhookDeliveryQuery = z.infer<typeof webhookDeliveryQuery>

/** Newest first. */
export const webhookDeliveryListAnswer = z.object({
  deliveries: z.array(webhookDeliveryAnswer),
  next_cursor: z.string().nullable(),
})
export type WebhookDeliveryListAnswer = z.infer<typeof webhookDeliveryListAnswer>
