import { hash } from 'node:crypto'
import { looksLikeClientSecret } from './client-secret.ts'
import { type Failed, failed, passed, type Verdict } from './verdict.ts'

/** A JWT whose form is right. Nothing in it is believed yet. */
export interface Jwt {
  readonly alg: HmacAlg
  readonly typ: string | undefined
  readonly payload: Readonly<Record<string, unknown>>
  /** What the signature covers: the first two parts and the dot between them. */
  readonly signed: string
  readonly signature: Buffer
}

/** HMAC with SHA-2, as `alg` names it and as node:crypto does. @source RFC 7518 §3.2 */
export const hmacAlgs = { HS256: 'sha256', HS384: 'sha384', HS512: 'sha512' } as const
export type HmacAlg = keyof typeof hmacAlgs

const maxDepth = 4
const maxNames = 32
/** Members that would change what is verified or with which key; none has a place in a client secret. */
const refusedHeaders = ['crit', 'b64', 'jku', 'jwk', 'x5u', 'x5c', 'zip', 'enc']

/**
 * Step 1: three parts, strict base64url, JSON objects without repeated names, an HMAC algorithm.
 *
 * @source RFC 7515 §5.2, §10.12; RFC 8725 §3.1
 */
export function parseJwt(text: string): Verdict<Jwt> {
  const parts = text.split('.')
  const shape = { length: text.length, parts: parts.length }
  const form = formOf(text)
  if (form !== undefined) return malformed(mistakes[form], { ...shape, form })
  if (parts.length !== 3)
    return malformed(`three parts separated by dots expected, ${parts.length} found`, shape)
  const [header, payload, signature] = parts.map(decodePart)
  if (header === undefined || payload === undefined || signature === undefined) {
    return malformed('its parts are not base64url without padding', shape)
  }
  const head = parseObject(header)
  if (typeof head === 'string') return malformed(`its header ${head}`, shape)
  const body = parseObject(payload)
  if (typeof body === 'string') return malformed(`its payload ${body}`, shape)

  const { alg, typ, kid } = head
  const evidence = {
    ...shape,
    sha256: hash('sha256', text, 'hex'),
    alg: shortText(alg),
    typ: shortText(typ),
    kid: shortText(kid),
    header_names: namesOf(head),
    claim_names: namesOf(body),
  }
  const refused = refusedHeaders.find((name) => Object.hasOwn(head, name))
  if (refused !== undefined)
    return malformed(`its header has ${refused}, which is not allowed here`, evidence)
  if (!isHmacAlg(alg)) return malformed('its alg must be HS256, HS384 or HS512', evidence)
  if (!(typ === undefined || (typeof typ === 'string' && /^(jwt|client-authentication\+jwt)$/i.test(typ)))) {
    return malformed('its typ must be JWT, client-authentication+jwt or absent', evidence)
  }
  if (!(kid === undefined || (typeof kid === 'string' && kid.length <= 256))) {
    return malformed('its kid must be a text of at most 256 characters or absent', evidence)
  }
  const signed = text.slice(0, text.lastIndexOf('.'))
  return passed({ alg, typ, payload: body, signed, signature }, evidence)
}

const isHmacAlg = (alg: unknown): alg is HmacAlg => typeof alg === 'string' && Object.hasOwn(hmacAlgs, alg)

function malformed(problem: string, evidence: Failed['evidence']): Failed {
  return failed(
    'jwt_malformed',
    { ...evidence, problem },
    `client_secret is not a JWT we accept: ${problem}.`,
  )
}

/** What people send in place of a JWT, and what to say then. None of the words repeats what was sent. */
const mistakes = {
  bearer_prefix: 'it begins with Bearer; send the JWT alone',
  quoted: 'it has quotes around it; send the JWT alone',
  raw_secret:
    'this looks like the raw secret; send a JWT signed with it, and rotate the secret, since it has been sent in the clear',
} as const

function formOf(text: string): keyof typeof mistakes | undefined {
  if (/^\s*bearer\s/i.test(text)) return 'bearer_prefix'
  if (/^["'].*["']$/s.test(text)) return 'quoted'
  const raw = looksLikeClientSecret(text) || /^\$2[aby]\$\d\d\$/.test(text) || /^[0-9a-f]{64}$/i.test(text)
  return raw ? 'raw_secret' : undefined
}

/** Strict: no padding, no whitespace, no bits left over. An empty part is an empty string of bytes. */
function decodePart(part: string): Buffer | undefined {
  if (!/^[A-Za-z0-9_-]*$/.test(part)) return undefined
  const bytes = Buffer.from(part, 'base64url')
  return bytes.toString('base64url') === part ? bytes : undefined
}

/** The object, or what is wrong with it. */
function parseObject(bytes: Buffer): Record<string, unknown> | string {
  let text: string
  let value: unknown
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
    value = JSON.parse(text)
  } catch {
    return 'is not JSON in UTF-8'
  }
  if (!isObject(value)) return 'is not a JSON object'
  const members = countMembers(value, 1)
  if (members === undefined) return 'is nested too deeply'
  // `JSON.parse` keeps the last of two equal names and says nothing, so the names in the text are counted as well.
  const written = [...text.matchAll(/"(?:[^"\\]|\\.)*"\s*(:?)/g)].filter(([, colon]) => colon === ':').length
  return members === written ? value : 'has a member name twice'
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function countMembers(value: unknown, depth: number): number | undefined {
  if (typeof value !== 'object' || value === null) return 0
  if (depth > maxDepth) return undefined
  let count = Array.isArray(value) ? 0 : Object.keys(value).length
  for (const inner of Object.values(value)) {
    const members = countMembers(inner, depth + 1)
    if (members === undefined) return undefined
    count += members
  }
  return count
}

/** Member names for the trace: hostile text, cut. */
const namesOf = (object: object): string[] =>
  Object.keys(object)
    .slice(0, maxNames)
    .map((name) => name.slice(0, 64))
const shortText = (value: unknown): string | null =>
  typeof value === 'string' ? value.slice(0, 64) : value === undefined ? null : typeof value
