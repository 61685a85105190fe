import { durationInWords } from '@valetkey/protocol'
import type { AuthorizationCode } from './authorization-code.ts'
import type { Dialect } from './authorization-request.ts'
import type { Client } from './client.ts'
import type { Cause } from './explain/causes.ts'
import { isVerifier, provesPossession } from './pkce.ts'
import type { Project } from './project.ts'
import { redirectUriDifference } from './redirect-uri.ts'
import { halvesOf, isSealed, unsealKeys } from './storage-keys.ts'
import type { PartialTokenForm } from './token-form.ts'
import type { Step } from './token-request.ts'
import { failed, passed, type Verdict } from './verdict.ts'

/**
 * The code exists and was issued to this client, with a second half or without. One that was asked for in the standard
 * dialect may be renewed, which the other knows nothing of.
 *
 * @source RFC 6749 §4.1.3
 */
export function codeOfClient(
  code: AuthorizationCode | undefined,
  client: Client,
  browser_half: string | undefined,
  dialect: Dialect,
): Verdict<AuthorizationCode> {
  if (code === undefined) return failed('code_unknown')
  // Of a code of somebody else nothing more is written down: this client's owner reads the trace.
  if (code.client_id !== client.client_id)
    return failed('code_of_another_client', { issued_to: code.client_id })
  if (dialect === 'storx' && code.dialect === 'standard') return failed('code_of_standard_dialect')
  if (browser_half !== undefined && !isSealed(code)) return failed('browser_half_unasked')
  return passed(code, { code_id: code.id, request_id: code.request_id, issued_at: code.created_at })
}

interface Found {
  readonly client: Client | undefined
  readonly code: AuthorizationCode | undefined
  readonly project: Project | undefined
}

/** What each step about the code finds, as far as it can be told; nothing when there is no client to own it. */
export function redemptionSteps(
  { client, code, project }: Found,
  {
    code: sent = '',
    redirect_uri,
    code_verifier,
    passphrase_sent = false,
    dialect = 'storx',
  }: PartialTokenForm,
  now: number,
): readonly (readonly [Step, Verdict<unknown>])[] {
  if (client === undefined) return []
  const { browser_half } = halvesOf(sent)
  const ours = codeOfClient(code, client, browser_half, dialect)
  if (code === undefined || code.client_id !== client.client_id) return [['find_code', ours]]
  return [
    ['find_code', ours],
    ['check_not_spent', notSpent(code, now)],
    ['check_code_expiry', codeNotExpired(code, now)],
    ...(redirect_uri === undefined
      ? []
      : [['match_redirect_uri', sameRedirectUri(code, redirect_uri)] as const]),
    ['prove_possession', possession(code, code_verifier)],
    ['find_project', projectOfCode(project)],
    ...(code.sealed_encryption_access === null
      ? []
      : [['unseal_keys', unsealKeys(code, browser_half, passphrase_sent)] as const]),
  ]
}

/** A second use so soon after the first is rather a retry than a theft; it ends the access all the same. */
const retrySeconds = 2

/** Nobody redeemed it before, and nobody took the approval back. @source RFC 6749 §4.1.2 */
export function notSpent(code: AuthorizationCode, now: number): Verdict<AuthorizationCode> {
  if (code.spent_at !== null)
    return failed(now - code.spent_at <= retrySeconds ? 'code_retried' : 'code_replayed', {
      spent_at: code.spent_at,
      server_time: now,
      grant_id: code.grant_id,
    })
  if (code.revoked_at !== null) return failed('code_revoked', { revoked_at: code.revoked_at })
  return passed(code)
}

export function codeNotExpired(code: AuthorizationCode, now: number): Verdict<AuthorizationCode> {
  const evidence = { expires_at: code.expires_at, server_time: now }
  if (now < code.expires_at) return passed(code, evidence)
  const late = now - code.expires_at
  return failed(
    'code_expired',
    { ...evidence, expired_for: late, lifetime: code.expires_at - code.created_at },
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
    redirectUriCause(difference),
    { sent: redirect_uri, expected: code.redirect_uri, difference },
    `redirect_uri differs from the one of the authorization request: ${difference}.`,
  )
}

/** The parts in which redirect URIs usually differ, when they differ in one alone. */
function redirectUriCause(difference: string): Cause {
  if (difference === 'trailing slash') return 'redirect_uri_slash'
  if (difference === 'letter case') return 'redirect_uri_case'
  if (difference === 'host') return 'redirect_uri_host'
  if (difference === 'query') return 'redirect_uri_query'
  if (/^port \S+ for \S+$/.test(difference)) return 'redirect_uri_port'
  if (/^(?:https? for https?|scheme)$/.test(difference)) return 'redirect_uri_scheme'
  return /encoded|spelling/.test(difference) ? 'redirect_uri_encoding' : 'redirect_uri_differs'
}

/** A code begun with PKCE needs its verifier, one begun without must come without. @source RFC 7636 §4.6; RFC 9700 §2.1.1 */
export function possession(
  { code_challenge }: AuthorizationCode,
  code_verifier: string | undefined,
): Verdict<'proven' | 'not_asked'> {
  const evidence = { challenge: code_challenge !== null, verifier: code_verifier !== undefined }
  if (code_challenge === null)
    return code_verifier === undefined ? passed('not_asked', evidence) : failed('verifier_unasked', evidence)
  if (code_verifier === undefined) return failed('verifier_missing', evidence)
  if (provesPossession(code_verifier, code_challenge)) return passed('proven', evidence)
  const { length } = code_verifier
  if (code_verifier === code_challenge) return failed('verifier_is_challenge', { ...evidence, length })
  return failed(isVerifier(code_verifier) ? 'verifier_differs' : 'verifier_malformed', {
    ...evidence,
    length,
  })
}
