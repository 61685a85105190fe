import { constants, createPublicKey, hash, type KeyObject, verify, type webcrypto } from 'node:crypto'
import type { Jwt, PublicKeyAlg } from './jwt.ts'
import { failed, passed, type Verdict } from './verdict.ts'

/** The public half of a key that a client signs with. It verifies, and can do nothing else. */
export interface PublicKey {
  readonly kid: string | undefined
  /** What it may verify: one algorithm; for an RSA key that names none, both. */
  readonly algs: readonly PublicKeyAlg[]
  readonly key: KeyObject
  /** Beginning of its thumbprint, 16 hex characters: names the key in traces. @source RFC 7638 §3 */
  readonly fingerprint: string
}

export type ParsedKeys =
  | { readonly ok: true; readonly keys: readonly PublicKey[] }
  /** Public words that go on "jwks …". */
  | { readonly ok: false; readonly problem: string }

export interface KeyRules {
  /**
   * For a set as others publish it: keys of other kinds and uses are passed over, keys of two kinds may share a `kid`, and
   * whoever read it bounds its size.
   */
  readonly skipOthers?: boolean
}

export const maxPublicKeys = 10
const maxSetLength = 16 * 1024
const maxKidLength = 256
/** Members that belong to the private half, or to a symmetric key. @source RFC 7518 §6.2.2, §6.3.2, §6.4.1; RFC 8037 §2 */
const privateMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k']

type Members = Readonly<Record<string, unknown>>
interface Kind {
  readonly algs: readonly PublicKeyAlg[]
  /** What makes up the key, in the order of a thumbprint. @source RFC 7638 §3.2 */
  readonly members: readonly string[]
  /** What is wrong with the numbers, before they are made a key. */
  readonly problemIn: (jwk: Members) => string | undefined
}

const kinds: Readonly<Record<string, Kind>> = {
  'EC P-256': {
    algs: ['ES256'],
    members: ['crv', 'kty', 'x', 'y'],
    problemIn: ({ x, y }) => (is32Bytes(x) && is32Bytes(y) ? undefined : 'needs x and y of 32 bytes each'),
  },
  'OKP Ed25519': {
    algs: ['EdDSA'],
    members: ['crv', 'kty', 'x'],
    problemIn: ({ x }) => (is32Bytes(x) ? undefined : 'needs x of 32 bytes'),
  },
  RSA: { algs: ['RS256', 'PS256'], members: ['e', 'kty', 'n'], problemIn: rsaProblem },
}

/**
 * The public keys of a JWK Set, JSON text or object: one to ten, each P-256, Ed25519 or RSA of 2048 to 4096 bits, for
 * signatures, at most 16 KiB in all. A private key among them is always refused: it is private no more.
 *
 * @source RFC 7517 §4, §5; RFC 7518 §6; RFC 8037 §2
 */
export function parsePublicKeys(jwks: unknown, { skipOthers = false }: KeyRules = {}): ParsedKeys {
  const text = typeof jwks === 'string' ? jwks : (JSON.stringify(jwks) ?? '')
  if (!skipOthers && Buffer.byteLength(text) > maxSetLength) return problem('is larger than 16 KiB')
  const set = parseJson(text)
  if (!isObject(set) || !Array.isArray(set.keys)) return problem('is not a JSON object with a list keys')

  const keys: PublicKey[] = []
  for (const [at, jwk] of set.keys.entries()) {
    const parsed = parsePublicKey(jwk)
    if (parsed.ok) keys.push(parsed.key)
    else if (!(skipOthers && parsed.other))
      return problem(`has a key that we cannot take, keys[${at}]: it ${parsed.problem}`)
    if (keys.length > maxPublicKeys) return problem(`has too many keys; at most ${maxPublicKeys} are allowed`)
  }
  if (keys.length === 0) return problem('has no key')
  const kids = keys.flatMap(({ kid }) => kid ?? [])
  if (!skipOthers && new Set(kids).size < kids.length) return problem('has two keys with one kid')
  return { ok: true, keys }
}

/**
 * Step 4 for a client with keys of its own: which of them made the signature. A `kid` chooses among the client's keys
 * and goes nowhere else. `keys` undefined: they could not be had.
 *
 * Where no key fits, a decoy is tried, so that this costs what a wrong signature costs.
 *
 * @source RFC 7515 §5.2; RFC 8725 §3.10
 */
export function verifyWithPublicKeys(
  jwt: Jwt<PublicKeyAlg>,
  keys: readonly PublicKey[] | undefined,
): Verdict<PublicKey> {
  const { alg, kid } = jwt
  const fitting = (keys ?? [])
    .filter((key) => (kid === undefined || key.kid === kid) && key.algs.includes(alg))
    .slice(0, maxPublicKeys)
  const evidence = {
    alg,
    kid_sha256: kid === undefined ? null : hash('sha256', kid, 'hex').slice(0, 16),
    keys_tried: fitting.map(({ fingerprint }) => fingerprint),
  }
  if (fitting.length === 0) {
    verifies(jwt, decoys[alg])
    return failed(keys === undefined ? 'keys_not_fetched' : 'key_unknown', evidence)
  }
  const signer = fitting.find(({ key }) => verifies(jwt, key))
  return signer === undefined
    ? failed('key_differs', evidence)
    : passed(signer, { ...evidence, key: signer.fingerprint })
}

/** @source RFC 7518 §3.3 to §3.5 (PSS with a salt as long as the hash); RFC 8037 §3.1 */
function verifies({ alg, signed, signature }: Jwt<PublicKeyAlg>, key: KeyObject): boolean {
  const data = Buffer.from(signed)
  switch (alg) {
    case 'ES256':
      return verify('sha256', data, { key, dsaEncoding: 'ieee-p1363' }, signature)
    case 'RS256':
      return verify('sha256', data, { key, padding: constants.RSA_PKCS1_PADDING }, signature)
    case 'PS256':
      return verify(
        'sha256',
        data,
        { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 },
        signature,
      )
    case 'EdDSA':
      return verify(null, data, key, signature)
  }
}

/** A key, or what is wrong with it in words that go on "it …". `other`: not wrong, but none for our use. */
type ParsedKey =
  | { readonly ok: true; readonly key: PublicKey }
  | { readonly ok: false; readonly problem: string; readonly other?: true }

function parsePublicKey(jwk: unknown): ParsedKey {
  if (!isObject(jwk)) return unfit('is not a JSON object')
  const secret = privateMembers.find((name) => Object.hasOwn(jwk, name))
  if (secret !== undefined)
    return unfit(
      `has ${secret}, which belongs to a private or secret key: make a new key and send its public half alone`,
    )
  const { kty, crv, use, key_ops, alg, kid } = jwk
  const kind = kinds[kty === 'RSA' ? kty : `${kty} ${crv}`]
  if (kind === undefined) return other('must be of kty EC with crv P-256, OKP with Ed25519, or RSA')
  if (use !== undefined && use !== 'sig') return other('must have use sig, or none')
  if (key_ops !== undefined && !(Array.isArray(key_ops) && key_ops.includes('verify')))
    return other('must have verify among its key_ops, or none')
  const algs = kind.algs.filter((one) => alg === undefined || one === alg)
  if (algs.length === 0) return other(`must have alg ${kind.algs.join(' or ')}, or none`)
  if (!(kid === undefined || (typeof kid === 'string' && kid !== '' && kid.length <= maxKidLength)))
    return unfit('must have a kid of 1 to 256 characters, or none')
  const wrong = kind.problemIn(jwk)
  if (wrong !== undefined) return unfit(wrong)

  const members = Object.fromEntries(kind.members.map((name) => [name, jwk[name]]))
  const key = keyOf(members)
  if (key === undefined) return unfit('is no point on its curve or no RSA key')
  const fingerprint = hash('sha256', JSON.stringify(members), 'hex').slice(0, 16)
  return { ok: true, key: { kid, algs, key, fingerprint } }
}

/** Odd exponents from 65537 on, as FIPS 186-5 asks; small ones have a history, large ones cost time. */
function rsaProblem({ n, e }: Members): string | undefined {
  const [modulus, exponent] = [numberOf(n), numberOf(e)]
  if (modulus === undefined || exponent === undefined) return 'needs n and e in base64url'
  const bits = modulus.toString(2).length
  if (bits < 2048 || bits > 4096) return `has ${bits} bits; RSA keys here have 2048 to 4096`
  if (exponent < 65_537n || exponent > 0xffff_ffffn || exponent % 2n === 0n)
    return 'has an unusual e; 65537 (AQAB) is the usual one'
  return modulus % 2n === 0n ? 'has an even n' : undefined
}

/** A number in base64url of at most 4096 bits. */
function numberOf(text: unknown): bigint | undefined {
  const bytes = typeof text === 'string' && text.length <= 700 ? bytesOf(text) : undefined
  return bytes === undefined ? undefined : BigInt(`0x0${bytes.toString('hex')}`)
}

const is32Bytes = (text: unknown): boolean =>
  typeof text === 'string' && text.length === 43 && bytesOf(text) !== undefined

/** Strict: no padding, no bits left over. */
function bytesOf(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64url')
  return bytes.toString('base64url') === text ? bytes : undefined
}

function keyOf(members: webcrypto.JsonWebKey): KeyObject | undefined {
  try {
    return createPublicKey({ key: members, format: 'jwk' })
  } catch {
    return undefined
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const isObject = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const problem = (text: string): ParsedKeys => ({ ok: false, problem: text })
const unfit = (text: string): ParsedKey => ({ ok: false, problem: text })
const other = (text: string): ParsedKey => ({ ok: false, problem: text, other: true })

/** Keys that anybody may have the private half of, and nobody is let in by: the generators of both curves, a round number. */
const decoys: Readonly<Record<PublicKeyAlg, KeyObject>> = (() => {
  const hex = (digits: string): string => Buffer.from(digits, 'hex').toString('base64url')
  const jwkOf = (key: webcrypto.JsonWebKey): KeyObject => createPublicKey({ key, format: 'jwk' })
  const rsa = jwkOf({ kty: 'RSA', n: Buffer.alloc(256, 0xff).toString('base64url'), e: 'AQAB' })
  return {
    ES256: jwkOf({
      kty: 'EC',
      crv: 'P-256',
      x: hex('6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296'),
      y: hex('4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5'),
    }),
    EdDSA: jwkOf({ kty: 'OKP', crv: 'Ed25519', x: hex(`58${'66'.repeat(31)}`) }),
    RS256: rsa,
    PS256: rsa,
  }
})()
