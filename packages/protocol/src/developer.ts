import { z } from 'zod'
import { exactly } from './exactly.ts'
import { dateTime, given } from './query.ts'
import { applicationType, clientKind, grantType, tokenEndpointAuthMethod } from './registration.ts'

/**
 * Clients and access logs of a developer, in the field names of the StorX contract. Where a misspelt field would widen or
 * lose something, unknown fields are refused; elsewhere they are ignored.
 */

/** Longer than any that may be registered, so that the answer can say what is wrong with it. */
const uri = z.string().max(4096)
const uris = z.union([uri, z.array(uri).max(100)], { error: 'one redirect URI, or a list of them' })
const name = z.string().max(1024)
const description = z.string().max(4096)
const scopes = z.array(z.string().max(1100)).max(64)

export const clientForm = exactly({
  name,
  redirect_uris: uris,
  description: description.nullish(),
  /** What the client may ask for; none means any scope. */
  scopes: scopes.nullish(),
  /** How it proves who it is: chosen here, and never changed. */
  token_endpoint_auth_method: tokenEndpointAuthMethod.nullish(),
  ...clientKind,
})
export type ClientForm = z.infer<typeof clientForm>

/** What is absent or null stays as it is. */
export const clientChangeForm = exactly({
  name: name.nullish(),
  redirect_uris: uris.nullish(),
  description: description.nullish(),
  scopes: scopes.nullish(),
  /** False: only RFC 7523 assertions prove the client, no JWT of `client_id` and `exp` alone. */
  storx_profile: z.boolean().nullish(),
  ...clientKind,
})
export type ClientChangeForm = z.infer<typeof clientChangeForm>

/** `id` of the client as the list shows it; its `client_id` does as well. */
export const clientPath = z.object({ id: z.string() })

/** Shown once; nothing reads the secret back. */
export const credentialsAnswer = z.object({
  client_id: z.uuid(),
  /** Letters, digits and `_` alone: no shell, dotenv file or URL changes it. Absent for a client that has none. */
  client_secret: z
    .string()
    .regex(/^[A-Za-z0-9_]+$/)
    .optional(),
})
export type CredentialsAnswer = z.infer<typeof credentialsAnswer>

export const clientAnswer = z.object({
  /** Names the client in the paths of this API. */
  id: z.string(),
  developer_id: z.string(),
  /** Names the client to the world. */
  client_id: z.string(),
  client_secret: z.literal(''),
  name: z.string(),
  description: z.string(),
  redirect_uris: z.array(z.string()),
  scopes: z.array(z.string()),
  /** 1 active, 0 deactivated. */
  status: z.literal([0, 1]),
  /** Only when it is so: the operator suspended it, and activating it does not help. `status` is 0 then. */
  suspended: z.literal(true).optional(),
  /** Whether a JWT of `client_id` and `exp` alone is accepted beside RFC 7523 assertions. */
  storx_profile: z.boolean(),
  token_endpoint_auth_method: tokenEndpointAuthMethod,
  grant_types: z.array(grantType),
  application_type: applicationType,
  jwks: z.record(z.string(), z.unknown()).nullable(),
  jwks_uri: z.string().nullable(),
  require_pushed_authorization_requests: z.boolean(),
  /** RFC 3339. */
  created_at: z.string(),
  updated_at: z.string(),
})
export type ClientAnswer = z.infer<typeof clientAnswer>

export const clientListAnswer = z.array(clientAnswer)

/** When a secret came, goes and was last seen; never the secret. Times are RFC 3339. */
export const secretAnswer = z.object({
  id: z.string(),
  created_at: z.string(),
  /** From then on it verifies nothing; null while it is current. */
  retires_at: z.string().nullable(),
  last_used_at: z.string().nullable(),
})
export type SecretAnswer = z.infer<typeof secretAnswer>

/** Newest secret first. */
export const clientDetailAnswer = clientAnswer.extend({ secrets: z.array(secretAnswer) })
export type ClientDetailAnswer = z.infer<typeof clientDetailAnswer>

export const clientStatusForm = z.object({
  status: z.literal([0, 1], { error: 'must be 1 (active) or 0 (deactivated)' }),
})
export type ClientStatusForm = z.infer<typeof clientStatusForm>

export const secretRotationForm = exactly({
  /** Seconds for which the present secret still works beside the new one, at most 30 days; 0 ends it at once. */
  keep_previous_for: z.number().int().min(0).max(2_592_000).optional(),
}).nullish()
export type SecretRotationForm = z.infer<typeof secretRotationForm>

/** A secret of a client, by the `id` that the client shows. */
export const secretPath = clientPath.extend({ secret_id: z.string() })

export const redirectUriForm = z.object({ uri })
export const redirectUriReplacementForm = z.object({ old_uri: uri, new_uri: uri })
export type RedirectUriReplacementForm = z.infer<typeof redirectUriReplacementForm>

export const accessLogQuery = z.object({
  /** Entries per page; 0 and -1 mean all. */
  limit: given(z.string().regex(/^(?:-1|\d{1,6})$/, 'must be a whole number; 0 and -1 mean all')),
  /** From 1. */
  page: given(z.string().regex(/^[1-9]\d{0,5}$/, 'must be a whole number from 1')),
  /** RFC 3339, inclusive. */
  start_date: given(dateTime),
  end_date: given(dateTime),
  /** 0 pending, 1 approved, 2 rejected. */
  status: given(z.literal(['0', '1', '2'], { error: 'must be 0 (pending), 1 (approved) or 2 (rejected)' })),
  client_id: given(z.string().max(256)),
  /** Accepted for compatibility; filters nothing. */
  ip_address: given(z.string().max(256)),
})
export type AccessLogQuery = z.infer<typeof accessLogQuery>

export const accessLogEntryAnswer = z.object({
  id: z.string(),
  client_id: z.string(),
  client_name: z.string(),
  /** RFC 3339, as every time here. */
  timestamp: z.string(),
  /** 0 pending, 1 approved (redeemed or not), 2 rejected or not decided in time. */
  status: z.literal([0, 1, 2]),
  access_status: z.literal(['pending', 'approved', 'rejected']),
  redirect_uri: z.string(),
  scopes: z.array(z.string()),
  approved_scopes: z.array(z.string()),
  rejected_scopes: z.array(z.string()),
  rejection_reason: z.string().optional(),
  consent_expires_at: z.string().optional(),
  code_expires_at: z.string().optional(),
})
export type AccessLogEntryAnswer = z.infer<typeof accessLogEntryAnswer>

export const accessLogAnswer = z.object({
  logs: z.array(accessLogEntryAnswer),
  pageCount: z.number().int(),
  currentPage: z.number().int(),
  totalCount: z.number().int(),
  hasMore: z.boolean(),
  limit: z.number().int(),
  offset: z.number().int(),
})
export type AccessLogAnswer = z.infer<typeof accessLogAnswer>

export const accessStatisticsAnswer = z.object({
  total: z.number().int(),
  approved: z.number().int(),
  pending: z.number().int(),
  rejected: z.number().int(),
  /** Approved ones in percent of all, two decimals. */
  success_rate: z.number(),
})
export type AccessStatisticsAnswer = z.infer<typeof accessStatisticsAnswer>

export const accessTimelineQuery = accessLogQuery.pick({ client_id: true, start_date: true, end_date: true })
export type AccessTimelineQuery = z.infer<typeof accessTimelineQuery>

/** Each day of UTC in the range, oldest first, those without a request as well. */
export const accessTimelineAnswer = z.object({
  days: z.array(
    z.object({
      date: z.string().regex(/^\d{4}-\d\d-\d\d$/),
      approved: z.number().int(),
      pending: z.number().int(),
      /** Declined, or not decided in time. */
      rejected: z.number().int(),
    }),
  ),
})
export type AccessTimelineAnswer = z.infer<typeof accessTimelineAnswer>
