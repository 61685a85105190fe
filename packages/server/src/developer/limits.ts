import type { Acting } from '../audit.ts'
import type { Deps } from '../deps.ts'
import { limit } from '../http/limits.ts'

/** What one developer may do in an hour: far more than a person or a deployment script needs. */
const hourly = {
  client_register: 100,
  client_change: 1000,
  access_log_read: 2000,
  access_log_export: 60,
} as const

/** @refuses rate_limited */
export function limitHourly(deps: Deps, { account }: Acting, what: keyof typeof hourly): Promise<void> {
  return limit(deps, `${what}:${account.id}`, { hits: hourly[what], windowSeconds: 3600 })
}
