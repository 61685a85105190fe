import { hash } from 'node:crypto'
import { looksLikeClientSecret } from './client-secret.ts'
import type { Cause } from './explain/causes.ts'
import { isNoValue, isPlaceholder } from './placeholder.ts'
import type { Evidence } from './token-request.ts'
import { type Failed, failed, passed, type Verdict } from './verdict.ts'

/**
 * A JWT whose form is right. Nothing in it is believed yet.
 *
 * Its kind is in its type: what a secret made and what a private key made are verified by two functions, neither of
 * which takes the other, so that a public key can never serve as the key of a MAC.
 *
 * @source RFC 8725 §3.1
 */
export interface Jwt<Alg extends HmacAlg | PublicKeyAlg = HmacAlg> {
  readonly alg: Alg
  readonly typ: string | undefined
  /** At most 256 characters of hostile text; absent where the header has none. */
  readonly kid?: string
  readonly payload: Readonly<Record<string, unknown>>
  /** What the signature covers: the first two parts and the dot between them. */
  readonly signed: string
  readonly signature: Buffer
}

/** HMAC with SHA-2, as `alg` names it and as node:crypto does. @source RFC 7518 §3.2 */
export const hmacAlgs = { HS256: 'sha256', HS384: 'sha384', HS512: 'sha512' } as const
export type HmacAlg = keyof typeof hmacAlgs
const macBytes = { HS256: 32, HS384: 48, HS512: 64 } as const

/** Signatures of private keys: P-256, RSA of 2048 to 4096 bits, Ed25519. @source RFC 7518 §3.3 to §3.5; RFC 8037 §3.1 */
export const publicKeyAlgs = ['ES256', 'PS256', 'RS256', 'EdDSA'] as const
export type PublicKeyAlg = (typeof publicKeyAlgs)[number]
const publicKeyBytes = { ES256: [64, 64], PS256: [256, 512], RS256: [256, 512], EdDSA: [64, 64] } as const

export type AnyJwt = Jwt | Jwt<PublicKeyAlg>

/** Made with a secret; otherwise with a private key. */
export const isHmac = (jwt: AnyJwt): jwt is Jwt => isHmacAlg(jwt.alg)

/** The parameter a JWT came in, as public words name it. */
export type Carrier = 'client_secret' | 'client_assertion' | 'the password of HTTP Basic'

export interface ParseOptions {
  /** Whether `publicKeyAlgs` are taken as well. */
  readonly asymmetric?: boolean
  readonly carrier?: Carrier
}

const maxDepth = 4
const maxNames = 32
/** Members that would change what is verified or with which key; none has a place in a client secret. */
const refusedHeaders = ['crit', 'b64', 'jku', 'jwk', 'x5u', 'x5c', 'zip', 'enc']

/**
 * Step 1: three parts, strict base64url, JSON objects without repeated names, an algorithm we take and a signature as
 * long as it makes them.
 *
 * @source RFC 7515 §5.2, §10.12; RFC 8725 §3.1
 */
export function parseJwt(text: string, options?: ParseOptions & { readonly asymmetric?: false }): Verdict<Jwt>
export function parseJwt(text: string, options: ParseOptions): Verdict<AnyJwt>
export function parseJwt(
  text: string,
  { asymmetric = false, carrier = 'client_secret' }: ParseOptions = {},
): Verdict<AnyJwt> {
  const malformed = (cause: Cause, problem: string, evidence: Evidence): Failed =>
    failed(cause, { ...evidence, problem }, `${carrier} is not a JWT we accept: ${problem}.`)
  const parts = text.split('.')
  const shape = { length: text.length, parts: parts.length }
  const mistake = mistakeIn(text)
  if (mistake !== undefined) return malformed(mistake, mistakes[mistake], shape)
  if (parts.length !== 3)
    return malformed(
      parts.length === 5 ? 'encrypted' : looksCut(text) ? 'truncated' : 'parts_wrong',
      `three parts separated by dots expected, ${parts.length} found`,
      shape,
    )
  const [header, payload, signature] = parts.map(decodePart)
  if (header === undefined || payload === undefined || signature === undefined)
    return malformed(
      header !== undefined && payload !== undefined && signatureIsCut(text)
        ? 'truncated'
        : alphabetMistake(text),
      'its parts are not base64url without padding',
      shape,
    )
  const head = parseObject(header)
  if (typeof head === 'string') return malformed('json_unreadable', `its header ${head}`, shape)
  const body = parseObject(payload)
  if (typeof body === 'string') return malformed('json_unreadable', `its payload ${body}`, shape)

  const { alg, typ, kid } = head
  const evidence = {
    ...shape,
    sha256: hash('sha256', text, 'hex'),
    alg: shortText(alg),
    typ: shortText(typ),
    kid_sha256: typeof kid === 'string' ? hash('sha256', kid, 'hex').slice(0, 16) : null,
    header_names: namesOf(head),
    claim_names: namesOf(body),
  }
  const refused = refusedHeaders.find((name) => Object.hasOwn(head, name))
  if (refused !== undefined)
    return malformed('header_refused', `its header has ${refused}, which is not allowed here`, evidence)
  if (!(isHmacAlg(alg) || (asymmetric && isPublicKeyAlg(alg))))
    return asymmetric
      ? malformed(
          isNone(alg) ? 'alg_none' : 'alg_not_taken',
          'its alg must be HS256, HS384, HS512, ES256, PS256, RS256 or EdDSA',
          evidence,
        )
      : malformed(algMistake(alg), 'its alg must be HS256, HS384 or HS512', evidence)
  if (!(typ === undefined || (typeof typ === 'string' && /^(jwt|client-authentication\+jwt)$/i.test(typ))))
    return malformed('typ_wrong', 'its typ must be JWT, client-authentication+jwt or absent', evidence)
  if (!(kid === undefined || (typeof kid === 'string' && kid.length <= 256)))
    return malformed('header_refused', 'its kid must be a text of at most 256 characters or absent', evidence)
  const { length } = signature
  const [least, most] = signatureBytes(alg)
  if (length < least || length > most)
    return malformed(
      algOfSignature(text) !== undefined ? 'alg_differs' : length < least ? 'truncated' : 'base64_broken',
      `its signature has ${length} bytes, ${alg} makes ${least === most ? least : `${least} to ${most}`}${
        alg === 'ES256' && looksLikeDer(signature) ? ': r and s side by side, not DER' : ''
      }`,
      evidence,
    )
  const signed = text.slice(0, text.lastIndexOf('.'))
  const named = kid === undefined ? {} : { kid }
  return passed({ alg, typ, ...named, payload: body, signed, signature }, evidence)
}

function signatureBytes(alg: HmacAlg | PublicKeyAlg): readonly [least: number, most: number] {
  return isHmacAlg(alg) ? [macBytes[alg], macBytes[alg]] : publicKeyBytes[alg]
}

/** A SEQUENCE of what is left: what most libraries make for P-256 unless told otherwise. */
const looksLikeDer = (signature: Buffer): boolean =>
  signature[0] === 0x30 && signature[1] === signature.length - 2

/** The algorithm that makes signatures of this length. */
export function algOfSignature(jwt: string): HmacAlg | undefined {
  const { length } = Buffer.from(jwt.slice(jwt.lastIndexOf('.') + 1), 'base64url')
  return (Object.keys(hmacAlgs) as HmacAlg[]).find((alg) => macBytes[alg] === length)
}

const isHmacAlg = (alg: unknown): alg is HmacAlg => typeof alg === 'string' && Object.hasOwn(hmacAlgs, alg)
const isPublicKeyAlg = (alg: unknown): alg is PublicKeyAlg => publicKeyAlgs.some((one) => one === alg)

/** What people send in place of a JWT, and what to say then. None of the words repeats what was sent. */
const mistakes = {
  bearer_prefix: 'it begins with Bearer; send the JWT alone',
  quoted: 'it has quotes around it; send the JWT alone',
  looks_like_secret:
    'this looks like the raw secret; send a JWT signed with it, and rotate the secret, since it has been sent in the clear',
  whitespace: 'it has a space or line break in it; send it in one piece',
  placeholder_sent: 'it is a placeholder that nothing was filled into',
  encoded_twice: 'it is a JWT encoded once more; send it as the library returns it',
} as const satisfies Partial<Record<Cause, string>>

function mistakeIn(text: string): keyof typeof mistakes | undefined {
  if (/^[\w-]+\.[\w-]+\.[\w-]+$/.test(text)) return undefined
  if (/^\s*bearer\s/i.test(text)) return 'bearer_prefix'
  if (/^\s*(["'`]).*\1\s*$/s.test(text)) return 'quoted'
  if (looksLikeSecret(text.trim())) return 'looks_like_secret'
  if (isPlaceholder(text) || isNoValue(text)) return 'placeholder_sent'
  if (/\s/.test(text) && text.includes('.')) return 'whitespace'
  return decodedOnce(text) === undefined ? undefined : 'encoded_twice'
}

/** One of ours, or of the forms in which other servers keep them: bcrypt, and 32 bytes as hex. */
const looksLikeSecret = (text: string): boolean =>
  looksLikeClientSecret(text) || /^\$2[aby]\$\d\d\$/.test(text) || /^[0-9a-f]{64}$/i.test(text)

/** The JWT inside a text that percent-encodes it or is its base64; undefined when there is none. */
export function decodedOnce(text: string): string | undefined {
  const inside = text.includes('%')
    ? text.replaceAll(/%2e/gi, '.')
    : Buffer.from(text, 'base64').toString('latin1')
  return !/^eyJ[\w-]*\.[\w-]+\./.test(text) && /^eyJ[\w-]+\.[\w-]+\.[\w-]*$/.test(inside) ? inside : undefined
}

/** Lengths at which databases, forms and headers cut. */
const usualLimits: readonly number[] = [
  100, 127, 128, 190, 191, 200, 250, 254, 255, 256, 500, 511, 512, 1000, 1023, 1024,
]

const looksCut = (text: string): boolean => text.startsWith('eyJ') && usualLimits.includes(text.length)

function alphabetMistake(text: string): Cause {
  return /[+/=]/.test(text) && /^[A-Za-z0-9+/=_.-]*$/.test(text) ? 'base64_not_url' : 'base64_broken'
}

/** Shorter than any signature of ours, or of a length that none has where the whole was cut. */
function signatureIsCut(text: string): boolean {
  const signature = text.slice(text.lastIndexOf('.') + 1)
  if (!/^[A-Za-z0-9_-]*$/.test(signature)) return false
  return signature.length < 43 || (looksCut(text) && ![43, 64, 86].includes(signature.length))
}

const isNone = (alg: unknown): boolean => typeof alg === 'string' && /^none$/i.test(alg)

function algMistake(alg: unknown): Cause {
  if (typeof alg !== 'string') return 'alg_unknown'
  if (isNone(alg)) return 'alg_none'
  return /^(?:RS|PS|ES|Ed)/.test(alg) ? 'alg_asymmetric' : 'alg_unknown'
}

/** Strict: no padding, no whitespace, no bits left over. An empty part is an empty string of bytes. */
function decodePart(part: string): Buffer | undefined {
  if (!/^[A-Za-z0-9_-]*$/.test(part)) return undefined
  const bytes = Buffer.from(part, 'base64url')
  return bytes.toString('base64url') === part ? bytes : undefined
}

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** The object, or what is wrong with it. */
function parseObject(bytes: Buffer): Record<string, unknown> | string {
  let text: string
  let value: unknown
  try {
    text = strictUtf8.decode(bytes)
    value = JSON.parse(text)
  } catch {
    return 'is not JSON in UTF-8'
  }
  if (!isObject(value)) return 'is not a JSON object'
  const members = countMembers(value, 1)
  if (members === undefined) return 'is nested too deeply'
  // `JSON.parse` keeps the last of two equal names and says nothing, so the names in the text are counted as well.
  let written = 0
  for (const found of text.match(/"(?:[^"\\]|\\.)*"\s*:?/g) ?? []) if (found.endsWith(':')) written++
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
export const namesOf = (object: object): string[] =>
  Object.keys(object)
    .slice(0, maxNames)
    .map((name) => name.slice(0, 64))
const shortText = (value: unknown): string | null =>
  typeof value === 'string' ? value.slice(0, 64) : value === undefined ? null : typeof value
