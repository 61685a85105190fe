import { z } from 'zod'

/** What is kept about a user, as they get it, and the end of an account. */

const time = z.string().describe('RFC 3339')

export const personalDataAnswer = z.object({
  exported_at: time,
  /** Of each kind of record the newest this many are here. */
  at_most: z.number().int(),
  account: z.object({
    id: z.string(),
    email: z.string(),
    full_name: z.string(),
    state: z.string(),
    created_at: time,
  }),
  sessions: z.array(
    z.object({
      id: z.string(),
      created_at: time,
      expires_at: time,
      network: z.string(),
      user_agent: z.string(),
    }),
  ),
  projects: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      /** An input of the storage keys, base64; it opens nothing without the passphrase. */
      salt: z.string(),
      created_at: time,
    }),
  ),
  /** Apps that hold access now. */
  connected_apps: z.array(
    z.object({
      client_id: z.string(),
      name: z.string(),
      developer: z.string(),
      scopes: z.array(z.string()),
      not_after: time,
    }),
  ),
  authorization_requests: z.array(
    z.object({
      id: z.string(),
      client_id: z.string(),
      client_name: z.string(),
      redirect_uri: z.string(),
      scopes: z.array(z.string()),
      approved_scopes: z.array(z.string()),
      rejected_scopes: z.array(z.string()),
      state: z.string(),
      created_at: time,
      decided_at: time.nullable(),
    }),
  ),
  grants: z.array(
    z.object({
      id: z.string(),
      client_id: z.string(),
      client_name: z.string(),
      project_id: z.string(),
      scopes: z.array(z.string()),
      state: z.string(),
      created_at: time,
      not_after: time,
      revoked_at: time.nullable(),
      revoked_by: z.string().nullable(),
    }),
  ),
  audit_events: z.array(
    z.object({
      at: time,
      action: z.string(),
      outcome: z.string(),
      actor: z.string(),
      resource: z.string().nullable(),
      network: z.string(),
    }),
  ),
})
export type PersonalDataAnswer = z.infer<typeof personalDataAnswer>

/** The password once more: a session alone does not end an account. */
export const accountDeletionForm = z.object({ password: z.string().max(1024) })
export type AccountDeletionForm = z.infer<typeof accountDeletionForm>
