import { hash, randomBytes } from 'node:crypto'
import { redirectUri } from './people.ts'

export interface Challenge {
  readonly code_verifier: string
  readonly code_challenge: string
}

/** A client's challenges never repeat within a day. @source RFC 7636 §4.1, §4.2 */
export function freshChallenge(): Challenge {
  const code_verifier = randomBytes(32).toString('base64url')
  return { code_verifier, code_challenge: hash('sha256', code_verifier, 'base64url') }
}

type Parameters = Readonly<Record<string, string | undefined>>

/** What a client sends its user with; one that is changed to undefined is left out. */
export function authorizationParameters(
  { client_id }: { readonly client_id: string },
  changes: Parameters & { readonly code_challenge: string | undefined },
): Record<string, string> {
  const usual = {
    response_type: 'code',
    client_id,
    redirect_uri: redirectUri,
    scope: 'read list bucket:photos offline_access',
    state: 'the state',
    code_challenge_method: 'S256',
  }
  return sentOnly({ ...usual, ...changes })
}

/** A form without what is left out. */
export const sentOnly = (form: Parameters): Record<string, string> =>
  Object.fromEntries(
    Object.entries(form).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  )
