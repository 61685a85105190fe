import { z } from 'zod'
import { dateTime, given } from './query.ts'

/** The apps a user let in and what is on record, in the field names of the StorX contract. Times are RFC 3339. */

export const connectedAppAnswer = z.object({
  developer_id: z.string(),
  developer_name: z.string(),
  developer_email: z.string(),
  client_id: z.string(),
  application_name: z.string(),
  application_description: z.string(),
  approved_scopes: z.array(z.string()),
  rejected_scopes: z.array(z.string()),
  access_granted_date: z.string(),
  last_access_date: z.string(),
  /** When the access ends by itself. */
  consent_expires_at: z.string(),
  /** An app stays in the list until its access is revoked or expires. */
  is_active: z.literal(true),
  total_requests: z.number().int(),
})
export type ConnectedAppAnswer = z.infer<typeof connectedAppAnswer>

export const connectedAppListAnswer = z.array(connectedAppAnswer)

export const connectedAppPath = z.object({ clientId: z.string() })

export const accessHistoryEntryAnswer = z.object({
  request_id: z.string(),
  client_id: z.string(),
  application_name: z.string(),
  /** What was asked for. */
  scopes: z.array(z.string()),
  /** 0 pending, 1 approved (redeemed or not), 2 rejected or not decided in time. */
  status: z.literal([0, 1, 2]),
  /** Whether the app holds access now, whichever request gave it. */
  is_active: z.boolean(),
  created_at: z.string(),
})
export type AccessHistoryEntryAnswer = z.infer<typeof accessHistoryEntryAnswer>

/** Newest first. */
export const accessHistoryAnswer = z.array(accessHistoryEntryAnswer)

export const accessRevokedAnswer = z.object({ message: z.literal('Developer access revoked successfully') })
export type AccessRevokedAnswer = z.infer<typeof accessRevokedAnswer>

/** Which audit events, for the list and the export alike. */
export const auditFilterQuery = z.object({
  /** A name that `actions` lists; one that it does not matches nothing. */
  action: given(z.string().max(64, 'must have at most 64 characters')),
  status: given(z.literal(['success', 'failed'], { error: 'must be success or failed' })),
  /** Part of an action, a message, the name of an app, a resource or an address; letter case does not count. */
  search: given(z.string().max(100, 'must have at most 100 characters')),
  /** RFC 3339, inclusive. */
  from: given(dateTime),
  to: given(dateTime),
})
export type AuditFilterQuery = z.infer<typeof auditFilterQuery>

export const auditLogQuery = auditFilterQuery.extend({
  /** Events per page: 50 when nothing is said. */
  limit: given(z.string().regex(/^(?:[1-9]\d?|1\d\d|200)$/, 'must be a whole number from 1 to 200')),
  /** `NextCursor` of the page before. */
  cursor: given(z.string().max(256, 'must be the NextCursor of an earlier answer')),
})
export type AuditLogQuery = z.infer<typeof auditLogQuery>

export const auditEntryAnswer = z.object({
  id: z.string(),
  /** RFC 3339. */
  timestamp: z.string(),
  /** Account id or client_id; empty when nobody was recognised. */
  actor_id: z.string(),
  actor: z.string(),
  /** Empty for apps and for whoever was not recognised. */
  actor_email: z.string(),
  action: z.string(),
  /** The id of what it was done to; may be empty. */
  resource: z.string(),
  message: z.string(),
  ip_address: z.string(),
  status: z.literal(['success', 'failed']),
})
export type AuditEntryAnswer = z.infer<typeof auditEntryAnswer>

export const auditLogAnswer = z.object({
  /** Newest first. */
  Items: z.array(auditEntryAnswer),
  /** Empty on the last page. */
  NextCursor: z.string(),
  /** How many match on all pages. */
  TotalCount: z.number().int(),
})
export type AuditLogAnswer = z.infer<typeof auditLogAnswer>

export const auditActionsAnswer = z.object({ actions: z.array(z.string()) })
export type AuditActionsAnswer = z.infer<typeof auditActionsAnswer>
