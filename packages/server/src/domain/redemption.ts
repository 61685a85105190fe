import { durationInWords } from '@valetkey/protocol'
import type { AuthorizationCode } from './authorization-code.ts'
import type { Client } from './client.ts'
import { provesPossession } from './pkce.ts'
import type { Project } from './project.ts'
import { redirectUriDifference } from './redirect-uri.ts'
import { failed, passed, type Verdict } from './verdict.ts'

/** The code exists and was issued to this client. @source RFC 6749 §4.1.3 */
export function codeOfClient(
  code: AuthorizationCode | undefined,
  client: Client,
): Verdict<AuthorizationCode> {
  if (code === undefined) return failed('code_unknown')
  // Of a code of somebody else nothing more is written down: this client's owner reads the trace.
  if (code.client_id !== client.client_id)
    return failed('code_of_another_client', { issued_to: code.client_id })
  return passed(code, { code_id: code.id, request_id: code.request_id, issued_at: code.created_at })
}

/** Nobody redeemed it before, and nobody took the approval back. @source RFC 6749 §4.1.2 */
export function notSpent(code: AuthorizationCode): Verdict<AuthorizationCode> {
  if (code.spent_at !== null)
    return failed('code_replayed', { spent_at: code.spent_at, grant_id: code.grant_id })
  if (code.revoked_at !== null) return failed('code_revoked', { revoked_at: code.revoked_at })
  return passed(code)
}

export function codeNotExpired(code: AuthorizationCode, now: number): Verdict<AuthorizationCode> {
  const evidence = { expires_at: code.expires_at, server_time: now }
  if (now < code.expires_at) return passed(code, evidence)
  const late = now - code.expires_at
  return failed(
    'code_expired',
    { ...evidence, expired_for: late },
    `The authorization code expired ${durationInWords(late)} ago; it lives ${durationInWords(code.expires_at - code.created_at)}.`,
  )
}

/** The project the user chose is still there. */
export function projectOfCode(project: Project | undefined): Verdict<Project> {
  return project === undefined ? failed('project_gone') : passed(project)
}

/** Byte for byte, told by the difference; the caller has proven to be the client. @source RFC 6749 §4.1.3 */
export function sameRedirectUri(code: AuthorizationCode, redirect_uri: string): Verdict<string> {
  if (code.redirect_uri === redirect_uri) return passed(redirect_uri)
  const difference = redirectUriDifference(redirect_uri, code.redirect_uri)
  return failed(
    'redirect_uri_differs',
    { sent: redirect_uri, expected: code.redirect_uri, difference },
    `redirect_uri differs from the one of the authorization request: ${difference}.`,
  )
}

/** A code begun with PKCE needs its verifier, one begun without must come without. @source RFC 7636 §4.6; RFC 9700 §2.1.1 */
export function possession(
  code: AuthorizationCode,
  code_verifier: string | undefined,
): Verdict<'proven' | 'not_asked'> {
  const evidence = { challenge: code.code_challenge !== null, verifier: code_verifier !== undefined }
  if (code.code_challenge === null && code_verifier === undefined) return passed('not_asked', evidence)
  if (code.code_challenge === null || code_verifier === undefined)
    return failed('code_verifier_wrong', evidence)
  return provesPossession(code_verifier, code.code_challenge)
    ? passed('proven', evidence)
    : failed('code_verifier_wrong', evidence)
}
