import type { Reason } from '../refusals.ts'
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
  readonly evidence: Evidence
  /** Public words decided by the request and the clock alone; absent when the cause is nobody else's business. */
  readonly description?: string
}

export function passed<T>(value: T, evidence: Evidence = {}): Passed<T> {
  return { ok: true, value, evidence }
}

export function failed(reason: Reason, evidence: Evidence = {}, description?: string): Failed {
  return { ok: false, reason, evidence, ...(description === undefined ? {} : { description }) }
}
