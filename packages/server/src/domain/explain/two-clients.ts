import {
  asUnreached,
  isFailure,
  type Step,
  type TokenRequest,
  type TraceStep,
  tokenRequestSteps,
} from '../token-request.ts'
import { causes, isCause } from './causes.ts'

/** Steps whose verdict depends on the record of the client that the JWT names. */
export const ofTheClient: ReadonlySet<Step> = new Set([
  'fetch_client',
  'verify_signature',
  'check_jti',
  'find_code',
  'check_not_spent',
  'check_code_expiry',
  'match_redirect_uri',
  'prove_possession',
  'find_project',
  'unseal_keys',
])

/** The client that the JWT names, when the request names another one or none: it may be that of another developer. */
export function otherClientIn({ client_id, steps }: Pick<TokenRequest, 'client_id' | 'steps'>): unknown {
  const fetched = steps.find(({ step }) => step === 'fetch_client')?.evidence.client_id
  return fetched === client_id ? undefined : fetched
}

/** The steps that the request and the clock alone decide, as if they were all: the same for whatever client the JWT names. */
export function withoutTheClient(steps: readonly TraceStep[]): readonly TraceStep[] {
  const left = tokenRequestSteps
    .filter((step) => !ofTheClient.has(step))
    .flatMap((step) => steps.filter((one) => one.step === step))
  const first = left.findIndex(isFailure)
  return left.map((one, at): TraceStep => {
    if (first === -1 || at < first) return { ...one, result: 'passed' }
    if (one.step === left[first]?.step) return { ...one, result: 'failed' }
    return asUnreached(one)
  })
}

/**
 * Why a request was refused, as it is written down. Who owns the client that a request names reads, filters and counts
 * its reason; where the JWT names another client, or the code was issued to one, it says nothing of that.
 */
export function openReason({
  client_id,
  reason,
  steps,
}: Pick<TokenRequest, 'client_id' | 'reason' | 'steps'>): string | null {
  if (reason === 'code_of_another_client') return 'code_unknown'
  if (reason === null || otherClientIn({ client_id, steps }) === undefined) return reason
  const first = withoutTheClient(steps).find(isFailure)
  return isCause(first?.evidence.cause) ? causes[first.evidence.cause].reason : reason
}
