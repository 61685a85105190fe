import { secondsPerDay, tokenRequestsKeptDays } from '@valetkey/protocol'
import type { Dialect } from './authorization-request.ts'

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
  'check_grant_type',
  'read_authorization',
  'find_refresh_token',
  'check_refresh_token',
  'find_device_code',
  'check_device_code',
  'find_code',
  'check_not_spent',
  'check_code_expiry',
  'match_redirect_uri',
  'prove_possession',
  'find_project',
  'narrow_access',
  'derive_root_key',
  'unseal_keys',
  'spend_code',
  'rotate_refresh_token',
] as const

/**
 * Before all steps: whether there is a request to look at. In a trace only when there was none. Storage keys are
 * derived from a passphrase, or unsealed where the user's browser sealed them.
 */
export type Step = 'read_request' | (typeof clientAuthenticationSteps)[number] | (typeof laterSteps)[number]

/** The steps as people read them. */
export const stepTitles: Readonly<Record<Step, string>> = {
  read_request: 'read the request',
  parse_jwt: 'parse the JWT',
  read_claims: 'read client_id and exp',
  fetch_client: 'fetch the client',
  verify_signature: 'verify the signature',
  check_expiry: 'check exp',
  match_client_id: 'compare the client_ids',
  check_jti: 'check jti',
  check_grant_type: 'check grant_type',
  read_authorization: 'read what is asked for',
  find_refresh_token: 'find the refresh token',
  check_refresh_token: 'check it is the newest',
  find_device_code: 'find the device code',
  check_device_code: 'see what its user decided',
  find_code: 'find the code',
  check_not_spent: 'check it is unused',
  check_code_expiry: 'check its time',
  match_redirect_uri: 'compare redirect_uri',
  prove_possession: 'check code_verifier',
  find_project: 'find the project',
  narrow_access: 'narrow the access',
  derive_root_key: 'derive the root key',
  unseal_keys: 'unseal the storage keys',
  spend_code: 'spend the code',
  rotate_refresh_token: 'rotate the refresh token',
}

export const tokenRequestSteps: readonly Step[] = [
  'read_request',
  ...clientAuthenticationSteps,
  ...laterSteps,
]

/** Numbers, names and fingerprints; never an assertion, signature, code, secret, verifier, passphrase or access grant. */
export type Evidence = Readonly<Record<string, string | number | boolean | null | readonly string[]>>

export interface TraceStep {
  readonly step: Step
  /** `would_…`: not reached, yet known; so that all that is wrong can be told at once, and not only the first. */
  readonly result: 'passed' | 'failed' | 'would_pass' | 'would_fail'
  readonly evidence: Evidence
}

export const isFailure = ({ result }: TraceStep): boolean => result === 'failed' || result === 'would_fail'

/** The step as it would have ended, for a request that never got there. */
export const asUnreached = (step: TraceStep): TraceStep => ({
  ...step,
  result: isFailure(step) ? 'would_fail' : 'would_pass',
})

/** Traces are kept for so long, in seconds. */
export const traceTtlSeconds = tokenRequestsKeptDays * secondsPerDay

/** The trace: what happened to one token request, step by step. */
export interface TokenRequest {
  /** 128 random bits, hex, 32 characters. */
  readonly trace_id: string
  /** Epoch seconds. */
  readonly at: number
  readonly dialect: Dialect
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
