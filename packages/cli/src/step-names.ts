import type { ClientAuthenticationStep } from '@valetkey/server'

/** The six steps as people read them. */
export const stepNames: Readonly<Record<ClientAuthenticationStep, string>> = {
  parse_jwt: 'parse the JWT',
  read_claims: 'read client_id and exp',
  fetch_client: 'fetch the client',
  verify_signature: 'verify the signature',
  check_expiry: 'check exp',
  match_client_id: 'compare the client_ids',
}
