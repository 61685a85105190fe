import { z } from 'zod'
import { exactly } from './exactly.ts'
import { dateTime, given } from './query.ts'

/** What the operator of a server asks. `/api/developers` speaks as the StorX contract does, the rest in our own words. */

const time = z.string().describe('RFC 3339')
const whole = (most: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/, 'must be a whole number')
    .refine((text) => Number(text) <= most, `must be at most ${most}`)
const day = z.iso.date({ error: 'must be a day, as in 2026-01-31' })
const search = z.string().max(256)
const many = z.number().int()

/** 0 inactive, 1 active, 2 deleted, 3 being deleted, 6 waits for its owner to choose a password; 4 and 5 never are. */
export const accountStatus = z.literal([0, 1, 2, 3, 4, 5, 6])
export const accountStates = ['invited', 'unverified', 'active', 'suspended', 'closing', 'deleted'] as const

// --- Developers, as the contract has them ---

const sortColumns = {
  createdAt: 'created_at',
  created_at: 'created_at',
  email: 'email',
  fullName: 'full_name',
  full_name: 'full_name',
  companyName: 'company_name',
  company_name: 'company_name',
  status: 'state',
  totalSessionCount: 'sessions',
  session_count: 'sessions',
  lastSessionExpiry: 'session_end',
  last_session: 'session_end',
} as const
export const developerSorts: Readonly<Record<string, (typeof sortColumns)[keyof typeof sortColumns]>> =
  sortColumns

export const developersQuery = z.object({
  /** Developers per page, 50 unless said; 0 and -1 mean as many as one answer holds, 10,000. */
  limit: given(z.string().regex(/^(?:-1|\d{1,5})$/, 'must be a whole number; 0 and -1 mean all')),
  /** From 1. */
  page: given(z.string().regex(/^[1-9]\d{0,5}$/, 'must be a whole number from 1')),
  search: given(search),
  status: given(z.string().regex(/^[0-6]$/, 'must be a whole number from 0 to 6')),
  created_range: given(z.literal(['today', 'yesterday', 'last_week', 'last_month', 'last_year'])),
  created_after: given(day),
  created_before: given(day),
  has_active_session: given(z.literal(['true', 'false'])),
  last_session_after: given(day),
  last_session_before: given(day),
  session_count_min: given(whole(1_000_000)),
  session_count_max: given(whole(1_000_000)),
  sort_column: given(z.literal(Object.keys(sortColumns) as [keyof typeof sortColumns])),
  sort_order: given(z.literal(['asc', 'desc'])),
})
export type DevelopersQuery = z.infer<typeof developersQuery>

export const developerAnswer = z.object({
  id: z.string(),
  fullName: z.string(),
  email: z.string(),
  companyName: z.string(),
  status: accountStatus,
  /** The status in one word. */
  state: z.literal(accountStates),
  createdAt: time,
  lastSessionExpiry: time.nullable(),
  firstSessionExpiry: time.nullable(),
  /** Sessions that last; those that ended are not kept. */
  totalSessionCount: many,
  oauthClientCount: many,
  totalUsers: many,
  /** Asked by one of the clients within 30 days. */
  activeUsers: many,
})
export type DeveloperAnswer = z.infer<typeof developerAnswer>

export const developersAnswer = z.object({
  developers: z.array(developerAnswer),
  pageCount: many,
  currentPage: many,
  totalCount: many,
  hasMore: z.boolean(),
  limit: many,
  offset: many,
})
export type DevelopersAnswer = z.infer<typeof developersAnswer>

export const developerStatsAnswer = z.object({
  totalDevelopers: many,
  active: many,
  inactive: many,
  deleted: many,
  pendingDeletion: many,
  legalHold: many,
  pendingBotVerification: many,
  /** Wait for their owner to choose a password. */
  invited: many,
})
export type DeveloperStatsAnswer = z.infer<typeof developerStatsAnswer>

export const developerSessionsAnswer = z.object({
  developerEmail: z.string(),
  total: many,
  sessions: z.array(
    z.object({
      id: z.string(),
      ipAddress: z.string(),
      status: z.literal(1),
      loginTime: time,
      expiresAt: time,
      isActive: z.literal(true),
    }),
  ),
})
export type DeveloperSessionsAnswer = z.infer<typeof developerSessionsAnswer>

export const emailPath = z.object({ email: z.string().max(256) })

export const newDeveloperForm = z.object({
  fullName: z.string().max(1024),
  email: z.string().max(1024),
  /** Accepted for compatibility and kept nowhere: the owner chooses one with the link that is mailed. */
  password: z.string().max(1024).optional(),
  companyName: z.string().max(1024).optional(),
})
export type NewDeveloperForm = z.infer<typeof newDeveloperForm>

/** What is absent or empty stays as it is. */
export const developerChangeForm = z.object({
  fullName: z.string().max(1024).optional(),
  email: z.string().max(1024).optional(),
  password: z.string().max(1024).optional(),
  status: z.number().int().optional(),
})
export type DeveloperChangeForm = z.infer<typeof developerChangeForm>

/** 0 suspends, 1 lets in. */
export const developerStatusForm = z.object({ status: z.number().int() })

export const userStatisticsQuery = z.object({
  /** RFC 3339, inclusive. */
  start_date: given(dateTime),
  end_date: given(dateTime),
})
export type UserStatisticsQuery = z.infer<typeof userStatisticsQuery>

export const userTrendsQuery = userStatisticsQuery.extend({
  /** Anything else counts as daily. */
  period: given(z.string().max(16)),
})
export type UserTrendsQuery = z.infer<typeof userTrendsQuery>

export const userStatisticsAnswer = z.object({
  total_users: many,
  /** Asked within 30 days. */
  active_users: many,
  total_requests: many,
  approved_requests: many,
  pending_requests: many,
  rejected_requests: many,
})
export type UserStatisticsAnswer = z.infer<typeof userStatisticsAnswer>

/** Stretches without a request are left out. */
export const userTrendsAnswer = z.array(
  z.object({ date: z.iso.date(), user_count: many, request_count: many }),
)
export type UserTrendsAnswer = z.infer<typeof userTrendsAnswer>

export const applicationStatisticsAnswer = z.array(
  z.object({
    client_id: z.string(),
    client_name: z.string(),
    total_users: many,
    active_users: many,
    total_requests: many,
  }),
)
export type ApplicationStatisticsAnswer = z.infer<typeof applicationStatisticsAnswer>

// --- Accounts and clients, in our own words ---

const page = {
  /** At most 500; 50 unless said. */
  limit: given(whole(500)),
  /** From 1. */
  page: given(z.string().regex(/^[1-9]\d{0,5}$/, 'must be a whole number from 1')),
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

// --- Import ---

/** The most clients that one import takes. */
export const maxImportedClients = 10_000

const list = z.union([z.array(z.string().max(4096)).max(100), z.string().max(65_536)])

/** One row, in the column names that the StorX database has; a list may be one text with commas. */
export const importedClientForm = exactly({
  client_id: z.string().max(256),
  client_secret: z.string().max(256),
  name: z.string().max(1024),
  developer_email: z.string().max(1024),
  developer_name: z.string().max(1024).nullish(),
  description: z.string().max(4096).nullish(),
  redirect_uris: list,
  scopes: list.nullish(),
  /** 1, or nothing: active. Anything else: inactive. */
  status: z.number().int().nullish(),
})
export type ImportedClientForm = z.infer<typeof importedClientForm>

export const importForm = exactly({
  /** Each is looked at by itself, so that the answer names all that are not in order. */
  clients: z.array(z.unknown()).min(1).max(maxImportedClients),
  /** True: says what would be done, and does nothing. */
  dry_run: z.boolean().optional(),
  /** True: new developers get a mail that lets them choose a password. */
  invite: z.boolean().optional(),
  /** True: accounts that have an address, though nobody proved it to be theirs, get the clients of its developer. */
  trust_existing: z.boolean().optional(),
  /** True: what the rows say of scopes is left out, so that the clients may ask for any. */
  ignore_scopes: z.boolean().optional(),
})
export type ImportForm = z.infer<typeof importForm>

export const importAnswer = z.object({
  dry_run: z.boolean(),
  /** New clients. */
  imported: many,
  /** Of the same developer and with the same secret, from an earlier import: left as they are. */
  unchanged: many,
  new_developers: many,
})
export type ImportAnswer = z.infer<typeof importAnswer>

/** Beside the fields of every error. `row` counts from 1; nothing of a secret is in `problem`. */
export const importProblems = z.array(z.object({ row: many, client_id: z.string(), problem: z.string() }))
export type ImportProblems = z.infer<typeof importProblems>
