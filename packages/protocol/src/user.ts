import { z } from 'zod'

/** The apps a user let in, in the field names of the StorX contract. Times are RFC 3339. */

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
