import type { Deps } from '../deps.ts'
import type { Client } from '../domain/client.ts'
import type { Evidence, Step, TokenRequest, TraceStep } from '../domain/token-request.ts'
import type { Verdict } from '../domain/verdict.ts'
import { type Refusal, refuse } from '../refusals.ts'

/** What happens to one token request, written down while it happens; stored behind the answer. */
export interface Trace {
  /** Records the step. Returns what it found, or throws its refusal. */
  must<T>(step: Step, verdict: Verdict<T>): T
  /**
   * Like `must`, for steps whose cause lies in the client's record. The caller is told `said` instead, which the
   * request and the clock alone decide, so that the answer is the same for clients that exist and clients that do not.
   */
  mustPrivately<T>(step: Step, verdict: Verdict<T>, said: string | undefined): T
  note(step: Step, evidence: Evidence): void
  authenticated(client: Client): void
  granted(grant_id: string): void
  /** The row to store, once the answer is known. */
  finish(outcome: { status: number; refusal: Refusal | undefined; duration_ms: number }): TokenRequest
}

/** Begins the trace of the request that `trace_id` names. */
export function beginTrace(
  { clock }: Pick<Deps, 'clock'>,
  request: { trace_id: string; client_id: string | null; facts: Evidence },
): Trace {
  const at = clock.now()
  const steps: TraceStep[] = []
  let authenticated = false
  let grant_id: string | null = null

  function must<T>(step: Step, verdict: Verdict<T>, said?: string): T {
    steps.push({ step, result: verdict.ok ? 'passed' : 'failed', evidence: verdict.evidence })
    if (verdict.ok) return verdict.value
    const description = verdict.description ?? said
    throw refuse(verdict.reason, description === undefined ? {} : { description })
  }

  return {
    must: (step, verdict) => must(step, verdict),
    mustPrivately: must,
    note(step, evidence) {
      steps.push({ step, result: 'passed', evidence })
    },
    authenticated() {
      authenticated = true
    },
    granted(id) {
      grant_id = id
    },
    finish: ({ status, refusal, duration_ms }) => ({
      trace_id: request.trace_id,
      at,
      dialect: 'storx',
      client_id: request.client_id,
      authenticated,
      outcome: refusal === undefined ? 'granted' : refusal.status >= 500 ? 'failed' : 'refused',
      reason: refusal?.reason ?? null,
      status,
      steps,
      request: request.facts,
      grant_id,
      duration_ms,
    }),
  }
}
