import { z } from 'zod'
import { accountStates } from './operator-accounts.ts'
import { fromOne, many, search, time, whole } from './operator-fields.ts'
import { dateTime, given } from './query.ts'

// What the operator asks under `/api/developers`, which speaks as the StorX contract does.

const day = z.iso.date({ error: 'must be a day, as in 2026-01-31' })

/** 0 inactive, 1 active, 2 deleted, 3 being deleted, 6 waits for its owner to choose a password; 4 and 5 never are. */
export const accountStatus = z.literal([0, 1, 2, 3, 4, 5, 6])

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
  page: given(fromOne),
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
