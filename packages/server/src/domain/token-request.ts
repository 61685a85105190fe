/** The spine of the product, in this order everywhere: the code, the trace, the console, the CLI, the documentation. */
export const clientAuthenticationSteps = [
  'parse_jwt',
  'read_claims',
  'fetch_client',
  'verify_signature',
  'check_expiry',
  'match_client_id',
] as const

/** What follows once the client is known: its assertion counts once, and what becomes of the code. */
const laterSteps = [
  'check_jti',
  'find_code',
  'check_not_spent',
  'check_code_expiry',
  'match_redirect_uri',
  'prove_possession',
  'find_project',
  'derive_root_key',
  'spend_code',
] as const

export type Step = (typeof clientAuthenticationSteps)[number] | (typeof laterSteps)[number]

/** Numbers, names and fingerprints; never an assertion, signature, code, secret, verifier, passphrase or access grant. */
export type Evidence = Readonly<Record<string, string | number | boolean | null | readonly string[]>>

export interface TraceStep {
  readonly step: Step
  /** `would_…`: not reached, yet known; so that all that is wrong can be told at once, and not only the first. */
  readonly result: 'passed' | 'failed' | 'would_pass' | 'would_fail'
  readonly evidence: Evidence
}

/** The trace: what happened to one token request, step by step. */
export interface TokenRequest {
  /** 128 random bits, hex, 32 characters. */
  readonly trace_id: string
  /** Epoch seconds. */
  readonly at: number
  readonly dialect: 'storx'
  /** What the request named, whether or not it exists; at most 256 characters of hostile text. */
  readonly client_id: string | null
  /** Whether the client proved who it is: room of its own, so that noise cannot push it out. */
  readonly authenticated: boolean
  readonly outcome: 'granted' | 'refused' | 'failed'
  /** The refusal's reason, null when granted. */
  readonly reason: string | null
  readonly status: number
  readonly steps: readonly TraceStep[]
  /** What is known of the HTTP request itself: parameter names, sizes, network, user agent. */
  readonly request: Evidence
  readonly grant_id: string | null
  readonly duration_ms: number
}
