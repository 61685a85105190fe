import type { Caller, Deps } from '../deps.ts'
import type { AuthorizationCode } from '../domain/authorization-code.ts'
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
  /** What the steps to come would find, worked out only when one of them is not reached. */
  foresee(steps: () => readonly (readonly [Step, Verdict<unknown>])[]): void
  authenticated(): void
  granted(grant_id: string): void
  /** The code that was sent is this one: its user reads in the audit log how the request ended. */
  concerns(code: AuthorizationCode | undefined): void
  /** Records how it ended, once the answer is known. */
  finish(outcome: Outcome): void
}

interface Outcome {
  readonly status: number
  readonly refusal: Refusal | undefined
  readonly duration_ms: number
}

/** Begins the trace of a token request. */
export function beginTrace(
  { clock, recorder }: Pick<Deps, 'clock' | 'recorder'>,
  request: { caller: Caller; client_id: string | null; facts: Evidence },
): Trace {
  const { trace_id, network } = request.caller
  const at = clock.now()
  const steps: TraceStep[] = []
  let foreseen: () => readonly (readonly [Step, Verdict<unknown>])[] = () => []
  let authenticated = false
  let grant_id: string | null = null
  let sent: AuthorizationCode | undefined

  const unreached = (): TraceStep[] =>
    foreseen()
      .filter(([step]) => !steps.some((taken) => taken.step === step))
      .map(([step, { ok, evidence }]) => ({ step, result: ok ? 'would_pass' : 'would_fail', evidence }))

  const tokenRequest = ({ status, refusal, duration_ms }: Outcome): TokenRequest => ({
    trace_id,
    at,
    dialect: 'storx',
    client_id: request.client_id,
    authenticated,
    outcome: refusal === undefined ? 'granted' : refusal.status >= 500 ? 'failed' : 'refused',
    reason: refusal?.reason ?? null,
    status,
    steps: refusal === undefined ? steps : [...steps, ...unreached()],
    request: request.facts,
    grant_id,
    duration_ms,
  })

  return {
    must(step, verdict, said) {
      steps.push({ step, result: verdict.ok ? 'passed' : 'failed', evidence: verdict.evidence })
      if (verdict.ok) return verdict.value
      const description = verdict.description ?? said
      throw refuse(verdict.reason, description === undefined ? {} : { description })
    },
    foresee(unreached) {
      foreseen = unreached
    },
    authenticated() {
      authenticated = true
    },
    granted(id) {
      grant_id = id
    },
    concerns(code) {
      sent = code
    },
    finish(outcome) {
      recorder.trace(tokenRequest(outcome))
      if (sent === undefined) return
      recorder.audit({
        // Whoever did not authenticate may name any client, and is none.
        ...(authenticated
          ? { actor_kind: 'client', actor_id: request.client_id }
          : { actor_kind: 'anonymous', actor_id: null }),
        user_id: sent.user_id,
        action: 'oauth.redeemed',
        resource: sent.request_id,
        outcome: outcome.refusal === undefined ? 'success' : 'failed',
        network,
        trace_id,
      })
    },
  }
}
