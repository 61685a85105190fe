import { type AnyJwt, algOfSignature, decodedOnce, isHmac, type ParseOptions, parseJwt } from '../jwt.ts'
import { type Failed, failed } from '../verdict.ts'
import type { Cause } from './causes.ts'

export interface MendedJwt {
  readonly failures: readonly Failed[]
  /** What could be read in spite of them; undefined when too little is left. */
  readonly jwt: AnyJwt | undefined
  /** Whether the signature is a whole HMAC over `jwt.signed`, so that trying a key makes sense. */
  readonly verifiable: boolean
}

/** More mends than a text can need. */
const maxMends = 8

/**
 * Step 1, told in full: where parsing fails, what is wrong is noted and mended, and parsing goes on, so that one
 * mistake does not hide the next. For explanations only; nothing mended is ever accepted.
 */
export function mendJwt(text: string, secrets: readonly string[], options: ParseOptions = {}): MendedJwt {
  const failures: Failed[] = []
  let mended = text
  let signed: string | undefined
  let verifiable = true
  for (let mends = 0; mends <= maxMends; mends++) {
    const verdict = parseJwt(mended, options)
    if (verdict.ok) {
      const jwt = { ...verdict.value, signed: signed ?? verdict.value.signed }
      return { failures, jwt, verifiable: verifiable && isHmac(jwt) }
    }
    const failure = secrets.includes(mended.trim()) ? failed('secret_sent_raw', verdict.evidence) : verdict
    const { cause } = failure.evidence
    failures.push(failure)
    const next = mend(mended, cause)
    if (next === undefined || next === mended) break
    // What was wrapped around the JWT came later; everything else was there when it was signed.
    if (!wrappings.has(cause)) signed ??= mended.slice(0, mended.lastIndexOf('.'))
    if (unverifiable.has(cause)) verifiable = false
    mended = next
  }
  return { failures, jwt: undefined, verifiable: false }
}

const wrappings: ReadonlySet<Cause> = new Set(['bearer_prefix', 'quoted', 'whitespace', 'encoded_twice'])
const unverifiable: ReadonlySet<Cause> = new Set([
  'alg_none',
  'alg_asymmetric',
  'alg_unknown',
  'alg_not_taken',
  'truncated',
])

/** The text without what `cause` found wrong; undefined when that leaves nothing to read. */
function mend(text: string, cause: Cause): string | undefined {
  switch (cause) {
    case 'bearer_prefix':
      return text.replace(/^\s*bearer\s+/i, '')
    case 'quoted':
      return text.trim().slice(1, -1)
    case 'whitespace':
      return text.replaceAll(/\s+/g, '')
    case 'encoded_twice':
      return decodedOnce(text)
    case 'base64_not_url':
      return text.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
    case 'base64_broken':
      return /^[A-Za-z0-9_.-]*$/.test(text) ? reencoded(text) : undefined
    case 'truncated':
      // Where even the second dot is gone, what is left of the payload cannot be read.
      return text.split('.').length < 3 ? undefined : withSignature(withHs256(text))
    case 'alg_none':
    case 'alg_asymmetric':
    case 'alg_unknown':
    case 'alg_not_taken':
      return withSignature(withHs256(text))
    case 'alg_differs':
      return withHeader(text, (header) => ({ ...header, alg: algOfSignature(text) }))
    case 'typ_wrong':
      return withHeader(text, ({ typ: _, ...header }) => header)
    case 'header_refused':
      return withHeader(text, ({ alg }) => ({ alg }))
    default:
      return undefined
  }
}

const reencoded = (text: string): string =>
  text
    .split('.')
    .map((part) => Buffer.from(part, 'base64url').toString('base64url'))
    .join('.')

const withHs256 = (text: string): string | undefined =>
  withHeader(text, (header) => ({ ...header, alg: 'HS256' }))

/** A signature of fitting length, so that the rest can be read; it is never tried. */
function withSignature(text: string | undefined): string | undefined {
  const [header, payload] = text?.split('.') ?? []
  return payload === undefined || payload === '' ? undefined : `${header}.${payload}.${'A'.repeat(43)}`
}

/** Undefined when the header is not JSON, as in a text cut short. */
function withHeader(
  text: string,
  change: (header: Record<string, unknown>) => Record<string, unknown>,
): string | undefined {
  const [header = '', ...rest] = text.split('.')
  try {
    const changed = change(JSON.parse(Buffer.from(header, 'base64url').toString()))
    return [Buffer.from(JSON.stringify(changed)).toString('base64url'), ...rest].join('.')
  } catch {
    return undefined
  }
}
