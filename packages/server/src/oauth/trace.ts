import type { Deps } from '../deps.ts'
import type { Evidence, Step, TokenRequest, TraceStep } from '../domain/token-request.ts'
import type { Verdict } from '../domain/verdict.ts'
import { type Refusal, refuse } from '../refusals.ts'

/** What happens to one token request, written down while it happens; stored behind the answer. */
export interface Trace {
  /**
   * Records the step; returns what it found, or throws its refusal.
   *
   * Where the cause lies in the client's record, the caller is told `said` in its place, which the request and the clock
   * alone decide: the answer is the same for clients that exist and clients that do not.
   */
  must<T>(step: Step, verdict: Verdict<T>, said?: string): T
  authenticated(): void
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

  return {
    must(step, verdict, said) {
      steps.push({ step, result: verdict.ok ? 'passed' : 'failed', evidence: verdict.evidence })
      if (verdict.ok) return verdict.value
      const description = verdict.description ?? said
      throw refuse(verdict.reason, description === undefined ? {} : { description })
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
