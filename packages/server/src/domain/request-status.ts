import type { AuthorizationRequest, AuthorizationRequestState } from './authorization-request.ts'

/** The states of an authorization request as numbers and words of the wire: an expired one counts as rejected. */
const statuses = {
  waiting: { status: 0, access_status: 'pending' },
  approved: { status: 1, access_status: 'approved' },
  rejected: { status: 2, access_status: 'rejected', rejection_reason: 'the user declined' },
  expired: { status: 2, access_status: 'rejected', rejection_reason: 'the user did not decide in time' },
} as const satisfies Record<AuthorizationRequestState, RequestStatus>

export interface RequestStatus {
  readonly status: 0 | 1 | 2
  readonly access_status: 'pending' | 'approved' | 'rejected'
  readonly rejection_reason?: string
}

/** How a request stands. A redeemed approval stays an approval. */
export function requestStatus({ state }: Pick<AuthorizationRequest, 'state'>): RequestStatus {
  return statuses[state]
}

/** The states behind a number of the wire. */
export function statesOf(status: 0 | 1 | 2): readonly AuthorizationRequestState[] {
  return (Object.keys(statuses) as AuthorizationRequestState[]).filter(
    (state) => statuses[state].status === status,
  )
}
