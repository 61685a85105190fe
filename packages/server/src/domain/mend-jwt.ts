import { type Cause, type Finding, finding } from './assertion-causes.ts'
import { hmacAlgs, type Jwt, parseJwt } from './jwt.ts'
import type { Failed } from './verdict.ts'

export interface MendedJwt {
  readonly findings: readonly Finding[]
  /** What could be read in spite of them; undefined when too little is left. */
  readonly jwt: Jwt | undefined
  /** Whether the signature is an HMAC over `jwt.signed`, so that trying a key makes sense. */
  readonly verifiable: boolean
}

/** More mends than a text can need. */
const maxMends = 8

/**
 * Step 1, told in full: where parsing fails, what is wrong is noted and mended, and parsing goes on, so that one
 * mistake does not hide the next. For explanations only; nothing mended is ever accepted.
 */
export function mendJwt(text: string, client_secret: string): MendedJwt {
  const findings: Finding[] = []
  let mended = text
  let signed: string | undefined
  let verifiable = true
  for (let mends = 0; mends <= maxMends; mends++) {
    const verdict = parseJwt(mended)
    if (verdict.ok)
      return { findings, jwt: { ...verdict.value, signed: signed ?? verdict.value.signed }, verifiable }
    const cause = causeOf(mended, verdict, client_secret)
    findings.push(finding(cause, wordsOf(verdict)))
    const next = mend(mended, cause)
    if (next === undefined || next === mended) break
    // Spaces, quotes and Bearer came around the JWT; everything else was there when it was signed.
    if (!wrappings.has(cause)) signed ??= mended.slice(0, mended.lastIndexOf('.'))
    if (cause.startsWith('alg_')) verifiable = false
    mended = next
  }
  return { findings, jwt: undefined, verifiable: false }
}

const wrappings: ReadonlySet<Cause> = new Set(['bearer_prefix', 'quoted', 'whitespace'])

/** The problem as the server's step 1 told it, without the name of the field. */
function wordsOf({ evidence: { problem }, description = '' }: Failed): string {
  const words = typeof problem === 'string' ? problem : description
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}.`
}

function causeOf(text: string, { evidence }: Failed, client_secret: string): Cause {
  const { form, parts, header_names, alg, typ } = evidence
  if (form === 'raw_secret' || (text !== '' && text === client_secret)) return 'secret_sent_raw'
  if (/^\s*bearer\s/i.test(text)) return 'bearer_prefix'
  if (/^(["'`]).*\1$/s.test(text)) return 'quoted'
  if (/\s/.test(text)) return 'whitespace'
  if (text.split('.').length === 5) return 'encrypted'
  if (parts !== 3 && parts !== undefined) return 'parts_wrong'
  if (header_names !== undefined) return causeInHeader(alg, typ)
  if (!/^[A-Za-z0-9_.-]*$/.test(text))
    return /^[A-Za-z0-9+/=_.-]*$/.test(text) ? 'base64_not_url' : 'base64_broken'
  return reencoded(text) === text ? 'json_unreadable' : 'base64_broken'
}

function causeInHeader(alg: unknown, typ: unknown): Cause {
  if (typeof alg !== 'string' || !Object.hasOwn(hmacAlgs, alg)) {
    if (typeof alg === 'string' && /^none$/i.test(alg)) return 'alg_none'
    return typeof alg === 'string' && /^(?:RS|PS|ES|Ed)/.test(alg) ? 'alg_asymmetric' : 'alg_unknown'
  }
  return typ === null || (typeof typ === 'string' && /^(?:jwt|client-authentication\+jwt)$/i.test(typ))
    ? 'header_refused'
    : 'typ_wrong'
}

/** The text without what `cause` found wrong; undefined when that leaves nothing to read. */
function mend(text: string, cause: Cause): string | undefined {
  switch (cause) {
    case 'bearer_prefix':
      return text.replace(/^\s*bearer\s+/i, '')
    case 'quoted':
      return text.slice(1, -1)
    case 'whitespace':
      return text.replaceAll(/\s+/g, '')
    case 'base64_not_url':
      return text.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
    case 'base64_broken':
      return /^[A-Za-z0-9_.-]*$/.test(text) ? reencoded(text) : undefined
    case 'alg_none':
    case 'alg_asymmetric':
    case 'alg_unknown':
      return withHeader(text, (header) => ({ ...header, alg: 'HS256' }))
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

/** Only for texts whose header was parsed already. */
function withHeader(
  text: string,
  change: (header: Record<string, unknown>) => Record<string, unknown>,
): string {
  const [header = '', ...rest] = text.split('.')
  const changed = change(JSON.parse(Buffer.from(header, 'base64url').toString()))
  return [Buffer.from(JSON.stringify(changed)).toString('base64url'), ...rest].join('.')
}
