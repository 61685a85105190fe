import { z } from 'zod'
import { exactly } from './exactly.ts'
import { fromOne, many, search, time, whole } from './operator-fields.ts'
import { given } from './query.ts'

// What the operator asks of accounts and clients, in our own words.

export const accountStates = ['invited', 'unverified', 'active', 'suspended', 'closing', 'deleted'] as const

const page = {
  /** At most 500; 50 unless said. */
  limit: given(whole(500)),
  /** From 1. */
  page: given(fromOne),
  search: given(search),
}

export const accountsQuery = z.object({ ...page, state: given(z.literal(accountStates)) })
export type AccountsQuery = z.infer<typeof accountsQuery>

export const managedAccountAnswer = z.object({
  id: z.string(),
  email: z.string(),
  full_name: z.string(),
  company_name: z.string(),
  state: z.literal(accountStates),
  created_at: time,
  sessions: many,
  /** Of a developer. */
  clients: many.optional(),
  /** Of a user: access that apps hold now. */
  grants: many.optional(),
})
export type ManagedAccountAnswer = z.infer<typeof managedAccountAnswer>

const paged = { total: many, page: many, has_more: z.boolean() }

export const managedAccountsAnswer = z.object({ accounts: z.array(managedAccountAnswer), ...paged })
export type ManagedAccountsAnswer = z.infer<typeof managedAccountsAnswer>

export const clientsQuery = z.object({
  ...page,
  /** The developer's address or id. */
  developer: given(z.string().max(256)),
  state: given(z.literal(['active', 'inactive', 'suspended', 'deleted'])),
})
export type ClientsQuery = z.infer<typeof clientsQuery>

export const managedClientAnswer = z.object({
  id: z.string(),
  client_id: z.string(),
  name: z.string(),
  description: z.string(),
  state: z.literal(['active', 'inactive', 'suspended', 'deleted']),
  /** What suspended it: the operator this client, or its developer with all clients. */
  suspension: z.literal(['client', 'developer']).nullable(),
  redirect_uris: z.array(z.string()),
  scopes: z.array(z.string()),
  token_endpoint_auth_method: z.string(),
  developer: z.object({ id: z.string(), email: z.string(), full_name: z.string(), state: z.string() }),
  created_at: time,
  updated_at: time,
})
export type ManagedClientAnswer = z.infer<typeof managedClientAnswer>

export const managedClientsAnswer = z.object({ clients: z.array(managedClientAnswer), ...paged })
export type ManagedClientsAnswer = z.infer<typeof managedClientsAnswer>

/** An address or an id. */
export const whoPath = z.object({ who: z.string().max(256) })
/** A `client_id`, or the id of its row. */
export const managedClientPath = z.object({ id: z.string().max(256) })

export const suspensionForm = exactly({
  /** Whether access that was handed out ends as well, with its API keys. That is never undone. */
  end_access: z.boolean().optional(),
})
export type SuspensionForm = z.infer<typeof suspensionForm>

export const suspensionAnswer = z.object({
  state: z.string(),
  /** Grants that ended, with their API keys. */
  ended: many,
})
export type SuspensionAnswer = z.infer<typeof suspensionAnswer>

export const stateAnswer = z.object({ state: z.string() })
export type StateAnswer = z.infer<typeof stateAnswer>

const counts = z.record(z.string(), many)
export const serverStatisticsAnswer = z.object({
  developers: counts,
  users: counts,
  clients: counts,
  /** Active and not past their end. */
  active_grants: many,
})
export type ServerStatisticsAnswer = z.infer<typeof serverStatisticsAnswer>
