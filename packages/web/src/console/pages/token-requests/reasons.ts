/** Why a token request may be refused, in the order of its steps. */
export const reasons: readonly { readonly group: string; readonly reasons: readonly string[] }[] = [
  {
    group: 'The client',
    reasons: [
      'jwt_malformed',
      'claims_invalid',
      'client_unknown',
      'client_inactive',
      'profile_disabled',
      'signature_wrong',
      'assertion_expired',
      'client_id_mismatch',
      'assertion_replayed',
    ],
  },
  {
    group: 'The code',
    reasons: [
      'code_unknown',
      'code_of_another_client',
      'code_replayed',
      'code_revoked',
      'code_expired',
      'redirect_uri_differs',
      'code_verifier_wrong',
      'project_gone',
      'passphrase_with_sealed_keys',
      'browser_half_wrong',
    ],
  },
  {
    group: 'The request',
    reasons: ['request_malformed', 'content_type_unsupported', 'body_too_large', 'rate_limited'],
  },
  { group: 'The server', reasons: ['overloaded', 'store_unavailable', 'secret_unreadable', 'internal'] },
]
