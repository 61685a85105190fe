import type { Caller, Deps } from '../deps.ts'
import type { AuthorizationCode } from '../domain/authorization-code.ts'
import type { Dialect } from '../domain/authorization-request.ts'
import { completed } from '../domain/explain/completed.ts'
import { openReason } from '../domain/explain/two-clients.ts'
import type { PartialTokenForm } from '../domain/token-form.ts'
import type { Evidence, Step, TokenRequest, TraceStep } from '../domain/token-request.ts'
import type { Verdict } from '../domain/verdict.ts'
import { evidenceWithoutSecrets, withoutSecrets } from '../domain/without-secrets.ts'
import { inspectTokenRequest } from '../inspect-token-request.ts'
import { type Refusal, refuse } from '../refusals.ts'
import { foundClient } from '../second-look.ts'

/** What happens to one token request, written down while it happens; stored behind the answer. */
export interface Trace {
  /** Who sent the request. */
  readonly caller: Caller
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
  /** The request with all that a second look finds, at once. For development alone: it is on the way of the answer. */
  lookedAt(outcome: Outcome): Promise<TokenRequest>
  /** Records how it ended, once the answer is known. */
  finish(outcome: Outcome): void
}

export interface Outcome {
  readonly status: number
  readonly refusal: Refusal | undefined
  readonly duration_ms: number
}

/** How a token request ended, in a word. */
export const outcomeName = (refusal: Refusal | undefined): TokenRequest['outcome'] =>
  refusal === undefined ? 'granted' : refusal.status >= 500 ? 'failed' : 'refused'

/** Of attempts to redeem one code by somebody who is not its client, an hour. */
const mostAttemptsTold = 5

/** Begins the trace of a token request. */
export function beginTrace(
  deps: Pick<Deps, 'clock' | 'recorder' | 'background' | 'store' | 'sealer' | 'settings' | 'tracing'>,
  request: {
    caller: Caller
    client_id: string | null
    /** What is known of the request; the `endpoint` among it, in the standard dialect. Asked for at the end. */
    facts: () => Evidence
    form: () => PartialTokenForm
    dialect?: Dialect
  },
): Trace {
  const { clock, recorder, settings, store, background, tracing } = deps
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

  const tokenRequest = ({ status, refusal, duration_ms }: Outcome): TokenRequest => {
    const client_id = request.client_id === null ? null : withoutSecrets(request.client_id)
    // In the standard dialect the public words are as precise as anything that could be found out later.
    const said =
      request.dialect === 'standard' && refusal !== undefined ? { said: refusal.standard.description } : {}
    const all = refusal === undefined ? steps : [...steps, ...unreached()]
    let clean: readonly TraceStep[] | undefined
    return {
      trace_id,
      at,
      dialect: request.dialect ?? 'storx',
      client_id,
      authenticated,
      outcome: outcomeName(refusal),
      reason: openReason({ client_id, reason: refusal?.reason ?? null, steps: all }),
      status,
      // Of a flood most traces are only counted, and nobody reads their steps.
      get steps() {
        clean ??= kept(all)
        return clean
      },
      request: evidenceWithoutSecrets({ ...request.facts(), ...said }),
      grant_id,
      duration_ms,
    }
  }

  const look = async () => kept(await inspectTokenRequest(deps, request.form(), at))
  const worthALook = ({ refusal }: Outcome) =>
    refusal !== undefined && refusal.status < 500 && settings.signature_forensics

  /** In the audit log of the user whose code it was. Whoever did not authenticate may name any client, and is none. */
  const tellUser = (code: AuthorizationCode, { refusal }: Outcome): void => {
    const told = {
      user_id: code.user_id,
      action: 'oauth.redeemed',
      resource: code.request_id,
      outcome: refusal === undefined ? 'success' : 'failed',
      network,
      trace_id,
    } as const
    if (authenticated) {
      recorder.audit({ actor_kind: 'client', actor_id: request.client_id, ...told })
      return
    }
    // Anybody who came by a code, spent or not, could fill the log of its user.
    background.run('audit_failed', { trace_id }, async () => {
      const { hits } = await store.limits.hit(`attempts:${code.id}`, 3600, at)
      if (hits <= mostAttemptsTold) recorder.audit({ actor_kind: 'anonymous', actor_id: null, ...told })
    })
  }

  return {
    caller: request.caller,
    must(step, verdict, said) {
      steps.push({ step, result: verdict.ok ? 'passed' : 'failed', evidence: verdict.evidence })
      tracing.step(step, verdict.ok ? undefined : verdict.reason)
      if (verdict.ok) return verdict.value
      const description = verdict.description ?? said
      const { standard } = verdict
      throw refuse(verdict.reason, { ...(description === undefined ? {} : { description }), standard })
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
    async lookedAt(outcome) {
      return { ...tokenRequest(outcome), steps: completed(tokenRequest(outcome).steps, await look()) }
    },
    finish(outcome) {
      if (worthALook(outcome)) {
        const known = { client: foundClient({ client_id: request.client_id, steps }) }
        recorder.trace(tokenRequest(outcome), look, known)
      } else recorder.trace(tokenRequest(outcome))
      if (sent !== undefined) tellUser(sent, outcome)
    },
  }
}

const kept = (steps: readonly TraceStep[]): readonly TraceStep[] =>
  steps.map((step) => ({ ...step, evidence: evidenceWithoutSecrets(step.evidence) }))
