import type { Reason, RefusalRow } from '../refusals.ts'
import { type Cause, type CauseRow, causes } from './explain/causes.ts'
import type { Evidence } from './token-request.ts'

/** What one step of a token request found. Evidence is for the trace, the description for everybody. */
export type Verdict<T> = Passed<T> | Failed

export interface Passed<T> {
  readonly ok: true
  readonly value: T
  readonly evidence: Evidence
}

export interface Failed {
  readonly ok: false
  readonly reason: Reason
  /** Among it the `cause`: more precise than the reason, and what the explanation is looked up by. */
  readonly evidence: Evidence & { readonly cause: Cause }
  /** Public words decided by the request and the clock alone; absent when the cause is nobody else's business. */
  readonly description?: string
  readonly standard?: RefusalRow['standard']
}

export function passed<T>(value: T, evidence: Evidence = {}): Passed<T> {
  return { ok: true, value, evidence }
}

export function failed(cause: Cause, evidence: Evidence = {}, description?: string): Failed {
  const { reason, standard }: CauseRow = causes[cause]
  return {
    ok: false,
    reason,
    evidence: { ...evidence, cause },
    ...(description === undefined ? {} : { description }),
    ...(standard === undefined ? {} : { standard }),
  }
}
