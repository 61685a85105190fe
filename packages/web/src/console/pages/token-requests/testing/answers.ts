import type {
  DiagnosisAnswer,
  ExplainedStepAnswer,
  FindingAnswer,
  TokenRequestAnswer,
} from '@valetkey/protocol'

/** A refused token request; its `trace_id` is 32 times this digit. */
export function aTokenRequest(digit: string, changes: Partial<TokenRequestAnswer> = {}): TokenRequestAnswer {
  return {
    trace_id: digit.repeat(32),
    at: '2026-03-01T12:00:00Z',
    client_id: 'photos-id',
    client_name: 'Photos',
    authenticated: false,
    outcome: 'refused',
    reason: 'signature_wrong',
    cause: 'secret_differs',
    means: 'It was signed with none of the secrets.',
    status: 401,
    network: '192.0.2.1',
    user_agent: 'curl',
    duration_ms: 1,
    ...changes,
  }
}

export function aFinding(cause: string): FindingAnswer {
  return { cause, seen: null, expected: null, apart: null, means: cause, fix: 'mend it', snippet: null }
}

type Result = ExplainedStepAnswer['result']

export function aStep(step: string, result: Result, ...causes: string[]): ExplainedStepAnswer {
  const note = result === 'not_reached' ? 'not reached' : ''
  return { step, title: step, result, note, findings: causes.map(aFinding) }
}

export function aDiagnosis(...steps: ExplainedStepAnswer[]): DiagnosisAnswer {
  const first_failure = steps.find(({ result }) => result === 'failed')?.step ?? null
  const explanation = { vocabulary: 1, first_failure, steps } as const
  return { ok: first_failure === null, client_id: null, client_name: null, explanation }
}
