import { durationInWords, rfc3339 } from '@valetkey/protocol'
import type { Evidence, Step } from '../token-request.ts'
import { withoutSecrets } from '../without-secrets.ts'
import type { Cause } from './causes.ts'
import { type OwnSecret, ownClientOf, type Viewer } from './viewer.ts'

/** The value that came, the one that should have come, and how far they lie apart, as far as there are such values. */
export interface Shown {
  readonly seen?: string | undefined
  readonly expected?: string | undefined
  readonly apart?: string | undefined
}

/** 32 bytes as base64url. */
const codeLength = 43
const twoHalves = 2 * codeLength + 1

type InWords = (evidence: Evidence, viewer: Viewer) => Shown

const whole = 'header.payload.signature'

const form: InWords = ({ length, parts, problem }) => ({
  seen: `${count(length, 'character')} in ${count(parts, 'part')}`,
  expected: whole,
  apart: textOf(problem),
})
const header: InWords = ({ alg, typ, problem }) => ({
  seen: `alg ${quoted(alg)}, typ ${quoted(typ)}`,
  expected: 'alg HS256, typ JWT',
  apart: textOf(problem),
})
const claim: InWords = (evidence) => {
  const { claim_names } = evidence
  const name = textOf(evidence.claim) ?? ''
  const value = evidence[name]
  const there = Array.isArray(claim_names) ? claim_names.slice(0, 8).map((one) => shown(one, 32)) : []
  return {
    seen:
      typeof value === 'number'
        ? `${name} ${value}`
        : value === undefined
          ? `the claims ${there.join(', ') || '(none)'}`
          : `${name}: a ${textOf(value)}`,
    apart: claimProblem(evidence),
  }
}
const time: InWords = (evidence) => {
  const { claim, iat, server_time, cause } = evidence
  const value = evidence[textOf(claim) ?? '']
  const ahead = typeof iat === 'number' && typeof server_time === 'number' ? iat - server_time : 0
  const byIat = cause === 'clock_ahead' && claim !== 'iat' && ahead > 0
  return {
    apart: `${claimProblem(evidence)}${byIat ? `; iat lies ${duration(ahead)} ahead` : ''}`,
    seen: typeof value === 'number' ? `${textOf(claim)} ${value} (${timeOf(value)})` : undefined,
    expected: `epoch seconds; it is ${numberText(server_time)} now`,
  }
}
const claimProblem = ({ claim, problem }: Evidence): string => `${textOf(claim)} ${textOf(problem)}`
const expiry: InWords = ({ exp, iat, server_time, expired_for, sender_time }) => ({
  seen: `exp ${timeOf(exp)}${typeof iat === 'number' ? `, iat ${timeOf(iat)}` : ''}`,
  expected: `later than ${timeOf(server_time)}`,
  apart: [
    `expired ${duration(expired_for)} ago`,
    typeof iat === 'number' && typeof exp === 'number' ? `made to live ${duration(exp - iat)}` : '',
    typeof sender_time === 'number' && typeof server_time === 'number'
      ? `the sender's clock is ${duration(Math.abs(server_time - sender_time))} ${sender_time < server_time ? 'behind' : 'ahead of'} ours`
      : '',
  ]
    .filter((part) => part !== '')
    .join('; '),
})
const twoClients: InWords = ({ in_jwt, in_request }, viewer) => ({
  seen: `in the JWT ${nameOf(in_jwt, viewer)}`,
  expected: `in the request ${nameOf(in_request, viewer)}`,
})
const unknownClient: InWords = ({ client_id, near, difference }, viewer) => ({
  seen: quoted(client_id),
  expected: typeof near === 'string' ? nameOf(near, viewer) : oneOfYours(viewer),
  apart: textOf(difference),
})

function oneOfYours(viewer: Viewer): string | undefined {
  const yours = viewer.clients.filter(({ state }) => state !== 'deleted').slice(0, 5)
  if (yours.length === 0) return undefined
  return `one of yours: ${yours.map(({ client_id }) => nameOf(client_id, viewer)).join(', ')}`
}

const signature: InWords = (evidence, viewer) => {
  const { made_with, signed_with_client, signed_with_secret, secrets_tried, cause } = evidence
  const secrets = viewer.clients.flatMap((client) => client.secrets)
  const signer = secrets.find(({ id }) => id === signed_with_secret)
  const made = textOf(made_with) ?? (signer && secretInWords(signer))
  const of = signed_with_client === undefined ? '' : `, of ${nameOf(signed_with_client, viewer)}`
  const tried = Array.isArray(secrets_tried) ? secrets.filter(({ id }) => secrets_tried.includes(id)) : []
  return {
    seen: made === undefined ? 'made with an unknown key' : `made with ${made}${of}`,
    expected:
      tried.length === 0
        ? 'made with the secret itself'
        : `made with ${tried.map((secret) => secretInWords(secret)).join(', or with ')}`,
    apart:
      cause === 'signature_not_examined'
        ? 'not looked at more closely, since the server was busy: send it again, or use valetkey jwt debug'
        : undefined,
  }
}

const spent: InWords = ({ spent_at, server_time, lost_race }) => ({
  seen:
    lost_race === true ? 'two requests with this code at the same moment' : `redeemed ${timeOf(spent_at)}`,
  expected: 'a code that was never used',
  apart:
    typeof spent_at === 'number' && typeof server_time === 'number'
      ? `${duration(server_time - spent_at)} before this request`
      : undefined,
})
const redirectUri: InWords = ({ sent, expected, difference }) => ({
  seen: shown(sent, 300),
  expected: shown(expected, 300),
  apart: textOf(difference),
})
const verifier: InWords = ({ length, request_id }) => ({
  seen: typeof length === 'number' ? `a code_verifier of ${count(length, 'character')}` : undefined,
  expected: undefined,
  apart: typeof request_id === 'string' ? `it belongs to the request ${shown(request_id, 64)}` : undefined,
})
const parameter: InWords = ({ parameter, mistake, line, column }) => {
  const names = [parameter].flat().filter((name) => typeof name === 'string')
  return {
    seen: names.length > 0 ? names.map((name) => shown(name, 100)).join(', ') : undefined,
    apart:
      typeof line === 'number'
        ? `${textOf(mistake)?.replaceAll('_', ' ')} in line ${line}, column ${numberText(column)} of the body`
        : undefined,
  }
}

const missing: InWords = (evidence, viewer) => ({
  seen: 'nothing',
  expected: parameter(evidence, viewer).seen,
})

const address: InWords = ({ sent, expected }) => ({
  seen: shown(textOf(sent) ?? '', 100),
  expected: textOf(expected),
})

const contentType: InWords = ({ content_type }) => ({
  seen: content_type === '' ? 'no Content-Type' : textOf(content_type),
  expected: 'application/json',
})

/** By step where all its causes show alike, by cause where one shows more. */
const words: Readonly<Partial<Record<Cause | Step, InWords>>> = {
  read_request: parameter,
  parameter_missing: missing,
  sent_to_another_server: address,
  sent_to_another_path: address,
  form_body: contentType,
  json_body_declared_form: contentType,
  content_type_missing: contentType,
  content_type_other: contentType,
  form_expected: (evidence, viewer) => ({
    ...contentType(evidence, viewer),
    expected: 'application/x-www-form-urlencoded',
  }),
  parse_jwt: form,
  alg_none: header,
  alg_asymmetric: header,
  alg_unknown: header,
  alg_not_taken: (evidence, viewer) => ({
    ...header(evidence, viewer),
    expected: 'alg HS256, ES256, PS256, RS256 or EdDSA',
  }),
  alg_differs: header,
  typ_wrong: header,
  header_refused: header,
  read_claims: claim,
  exp_in_milliseconds: time,
  exp_too_far: time,
  clock_ahead: time,
  check_expiry: expiry,
  exp_as_duration: ({ exp, server_time }) => ({
    seen: `exp ${numberText(exp)}`,
    expected: `epoch seconds; it is ${numberText(server_time)} now`,
  }),
  match_client_id: twoClients,
  fetch_client: unknownClient,
  client_inactive: ({ client_id, inactive_since }, viewer) => ({
    seen: `${nameOf(client_id, viewer)}, deactivated since ${timeOf(inactive_since)}`,
  }),
  client_suspended: ({ client_id, inactive_since }, viewer) => ({
    seen: `${nameOf(client_id, viewer)}, suspended since ${timeOf(inactive_since)}`,
  }),
  client_deleted: ({ client_id, inactive_since }, viewer) => ({
    seen: `${nameOf(client_id, viewer)}, deleted ${timeOf(inactive_since)}`,
  }),
  auth_method_differs: ({ used, registered }) => ({ seen: textOf(used), expected: textOf(registered) }),
  proof_missing: ({ registered }) => ({ seen: 'client_id alone', expected: textOf(registered) }),
  profile_disabled: ({ client_id }, viewer) => ({ seen: nameOf(client_id, viewer) }),
  verify_signature: signature,
  key_unknown: ({ alg, kid_sha256, keys_tried }) => ({
    seen: `alg ${quoted(alg)}, ${kid_sha256 === null ? 'no kid' : `a kid with the hash ${quoted(kid_sha256)}`}`,
    expected: `a key of the client; ${Array.isArray(keys_tried) ? keys_tried.length : 0} fit`,
  }),
  key_differs: ({ keys_tried }) => ({
    seen: 'made with another key',
    expected: `made with ${Array.isArray(keys_tried) ? keys_tried.map((key) => shown(key, 16)).join(' or ') : 'a key of the client'}`,
  }),
  keys_not_fetched: () => ({}),
  grant_type_unregistered: ({ grant_type, registered }) => ({
    seen: textOf(grant_type),
    expected: Array.isArray(registered) ? registered.map((one) => shown(one, 64)).join(', ') : undefined,
  }),
  access_over: ({ ended_at }) => ({ seen: `ended ${timeOf(ended_at)}` }),
  access_unregistered: ({ problem }) => ({ apart: textOf(problem) }),
  access_wider: ({ problem }) => ({ apart: textOf(problem) }),
  details_unfit: ({ problem }) => ({ apart: textOf(problem) }),
  refresh_token_reused: ({ rotated_at, server_time }) => ({
    seen: `used ${timeOf(rotated_at)}`,
    expected: 'the newest of its family',
    apart:
      typeof rotated_at === 'number' && typeof server_time === 'number'
        ? `${duration(server_time - rotated_at)} before this request`
        : undefined,
  }),
  refresh_token_expired: ({ expires_at }) => ({ seen: `ended ${timeOf(expires_at)}` }),
  refresh_too_old: ({ expires_at }) => ({ seen: `ended ${timeOf(expires_at)}` }),
  access_ended: ({ ended_by }) => ({
    seen: typeof ended_by === 'string' ? `by ${endedBy[ended_by]}` : undefined,
  }),
  device_too_fast: ({ interval }) => ({
    expected: `${numberText(interval)} s between two requests from now on`,
  }),
  device_expired: ({ expires_at }) => ({ seen: `ended ${timeOf(expires_at)}` }),
  code_of_your_other_client: ({ issued_to, client_id }, viewer) => ({
    seen: `a code of ${nameOf(issued_to, viewer)}`,
    expected: client_id === undefined ? undefined : `a code of ${nameOf(client_id, viewer)}`,
  }),
  find_code: ({ how }) => ({ seen: textOf(how) }),
  check_not_spent: spent,
  spend_code: spent,
  code_revoked: ({ revoked_at }) => ({ seen: `taken back ${timeOf(revoked_at)}` }),
  code_unknown: ({ length }) =>
    typeof length === 'number' && length !== codeLength && length !== twoHalves
      ? {
          seen: count(length, 'character'),
          expected: `${count(codeLength, 'character')}, or ${twoHalves} with a dot between two halves`,
        }
      : {},
  check_code_expiry: ({ expires_at, server_time, expired_for, lifetime }) => ({
    seen: `a code that ended ${timeOf(expires_at)}`,
    expected: `later than ${timeOf(server_time)}`,
    apart: `${duration(expired_for)} too late; a code lives ${duration(lifetime)}`,
  }),
  match_redirect_uri: redirectUri,
  prove_possession: verifier,
  browser_half_malformed: ({ length }) => ({
    seen: `${count(length, 'character')} behind the dot`,
    expected: count(codeLength, 'character'),
  }),
}

const endedBy: Readonly<Record<string, string>> = {
  user: 'its user',
  developer: 'its developer, who disabled or deleted the client',
  client: 'the client, which gave it back',
  operator: 'the operator of this server',
  replay: 'a code or token that was used twice',
}

/** What shows that this is the cause. */
export function inWords(step: Step, cause: Cause, evidence: Evidence, viewer: Viewer): Shown {
  return (words[cause] ?? words[step])?.(evidence, viewer) ?? {}
}

/**
 * The same for a refusal that has no finer cause: how far a redirect URI is from the nearest that is registered, or what
 * the answer said.
 */
export const refusalInWords = ({ redirect_uri_difference, said }: Evidence): Shown => ({
  apart: textOf(redirect_uri_difference ?? said),
})

/** What a step that passed found, in a few words. */
export function noteOf(step: Step, evidence: Evidence, viewer: Viewer): string {
  switch (step) {
    case 'parse_jwt':
      return `signed with ${shown(evidence.alg, 16)}`
    case 'read_claims':
      return typeof evidence.exp === 'number' ? `exp ${timeOf(evidence.exp)}` : ''
    case 'fetch_client':
      return nameOf(evidence.client_id, viewer)
    case 'verify_signature':
      return typeof evidence.key === 'string'
        ? 'made with a key of this client'
        : 'made with a secret of this client'
    case 'check_grant_type':
      return shown(evidence.grant_type, 64)
    case 'check_expiry':
      return timeLeft(evidence.exp, evidence.server_time)
    case 'match_client_id':
      return 'both name the same client'
    case 'check_code_expiry':
      return timeLeft(evidence.expires_at, evidence.server_time)
    case 'prove_possession':
      return evidence.challenge === true ? 'the verifier fits' : 'begun without a code_challenge'
    case 'unseal_keys':
      return evidence.browser_half === true
        ? 'opened with the second half of the code'
        : 'the second half of the code was not sent: only the app can open them'
    default:
      return ''
  }
}

function timeLeft(end: unknown, now: unknown): string {
  if (typeof end !== 'number' || typeof now !== 'number') return ''
  return end > now ? `${durationInWords(end - now)} left` : 'over, but within the clock skew'
}

function secretInWords({ created_at, retires_at, retired_by }: OwnSecret): string {
  const retired =
    retires_at === null
      ? ''
      : `, retired ${timeOf(retires_at)}${retired_by === null ? '' : ` by ${retired_by}`}`
  return `the secret of ${timeOf(created_at)}${retired}`
}

/** The name of one's own client beside its id; of others the id alone, as it was sent. */
export function nameOf(client_id: unknown, viewer: Viewer): string {
  const own = ownClientOf(viewer, client_id)
  if (own === undefined) return quoted(client_id)
  return own.name === '' ? own.client_id : `${own.client_id} (${own.name})`
}

/** Hostile text for a terminal or page: printable characters, cut, and no secret that stands where none belongs. */
export function shown(text: unknown, length: number): string {
  const clean = withoutSecrets(String(text)).replaceAll(/[^\x20-\x7e]/g, '?')
  return clean.length > length ? `${clean.slice(0, length)}...` : clean
}

const quoted = (text: unknown): string => (typeof text === 'string' ? `'${shown(text, 64)}'` : 'none')
const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' ? shown(value, 300) : undefined
const numberText = (value: unknown): string => (typeof value === 'number' ? `${value}` : '')
const duration = (seconds: unknown): string =>
  durationInWords(typeof seconds === 'number' ? Math.max(0, seconds) : 0)

function count(number: unknown, thing: string): string {
  return `${numberText(number)} ${thing}${number === 1 ? '' : 's'}`
}

/** Beyond what a date can say, the bare number. */
export function timeOf(seconds: unknown): string {
  if (typeof seconds !== 'number') return ''
  return Math.abs(seconds) < 8e12 ? rfc3339(Math.floor(seconds)) : `${seconds}`
}
