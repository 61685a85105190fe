import { hash } from 'node:crypto'
import type { Cause } from './assertion-causes.ts'
import type { ClientSecret } from './client.ts'
import { type VerificationKey, verifySignature } from './client-assertion.ts'
import { clientSecretPrefix } from './client-secret.ts'
import { type HmacAlg, hmacAlgs, type Jwt } from './jwt.ts'

/** What a wrong key may have been made from. */
export interface KeyMaterial {
  readonly client_secret: string
  readonly client_id: string
}

type Key = Uint8Array | string
type KeyMaker = (material: KeyMaterial) => readonly Key[]

/** What people really sign with in place of the secret. The first that fits is told. */
const guesses: readonly (readonly [cause: Cause, keys: KeyMaker])[] = [
  ['secret_given_with_whitespace', ({ client_secret }) => [client_secret.trim()]],
  [
    'secret_with_whitespace',
    ({ client_secret }) =>
      ['\n', '\r\n', ' ', '\t', '\r'].flatMap((space) => [
        `${client_secret.trim()}${space}`,
        `${space}${client_secret.trim()}`,
      ]),
  ],
  [
    'secret_with_quotes',
    ({ client_secret }) => ['"', "'", '`'].map((quote) => `${quote}${client_secret}${quote}`),
  ],
  ['secret_given_with_quotes', ({ client_secret }) => [client_secret.replaceAll(/^["'`]|["'`]$/g, '')]],
  [
    'secret_hex_decoded',
    ({ client_secret }) =>
      /^(?:[0-9a-f]{2})+$/i.test(client_secret) ? [Buffer.from(client_secret, 'hex')] : [],
  ],
  // Node reads both alphabets; other decoders skip what is not in theirs.
  [
    'secret_base64_decoded',
    ({ client_secret }) =>
      [client_secret, client_secret.replaceAll(/[^A-Za-z0-9+/]/g, '')].map((text) =>
        Buffer.from(text, 'base64'),
      ),
  ],
  [
    'secret_encoded',
    ({ client_secret }) => [
      ...(['hex', 'base64', 'base64url'] as const).map((encoding) =>
        Buffer.from(client_secret).toString(encoding),
      ),
      encodeURIComponent(client_secret.toWellFormed()),
    ],
  ],
  [
    'secret_hashed',
    ({ client_secret }) => [
      hash('sha256', client_secret, 'buffer'),
      hash('sha256', client_secret, 'hex'),
      hash('sha256', client_secret, 'base64'),
    ],
  ],
  ['secret_in_other_case', ({ client_secret }) => [client_secret.toLowerCase(), client_secret.toUpperCase()]],
  [
    'secret_without_prefix',
    ({ client_secret }) =>
      client_secret.startsWith(clientSecretPrefix) ? [client_secret.slice(clientSecretPrefix.length)] : [],
  ],
  [
    'secret_expanded_by_shell',
    ({ client_secret }) => [client_secret.replaceAll(/\$(?:[0-9]|[A-Za-z_][A-Za-z0-9_]*)/g, '')],
  ],
  [
    'secret_cut',
    ({ client_secret }) =>
      Array.from({ length: Math.min(client_secret.length, longestTried) }, (_, at) =>
        client_secret.slice(0, at),
      ).filter((text) => text.length >= 8),
  ],
  ['client_id_as_key', ({ client_id }) => [client_id]],
  ['empty_key', () => ['']],
]

/** Longer texts are no client secrets, and each length costs an HMAC. */
const longestTried = 512

/**
 * What a signature was made with that the client secret did not make; undefined when nothing people usually do fits.
 *
 * For the eyes of the client's owner only, and only after the signature failed: it tries some hundred keys.
 */
export function whatSigned(jwt: Jwt, material: KeyMaterial): Cause | undefined {
  const own = Buffer.from(material.client_secret)
  const keys = guesses.flatMap(([cause, make]) =>
    make(material)
      .map((key) => Buffer.from(key))
      .filter((bytes) => cause === 'empty_key' || (bytes.length > 0 && !bytes.equals(own)))
      .map((bytes) => keyNamed(cause, bytes)),
  )
  const signer = verifySignature(jwt, keys)
  if (signer.ok) return guesses.find(([cause]) => cause === signer.value.id)?.[0]
  const otherAlgs = (Object.keys(hmacAlgs) as HmacAlg[]).filter((alg) => alg !== jwt.alg)
  return otherAlgs.some((alg) => signedBy({ ...jwt, alg }, material.client_secret))
    ? 'alg_differs'
    : undefined
}

/** Whether this secret made the signature: the server's own step 4, for a secret that has no row. */
export function signedBy(jwt: Jwt, client_secret: string): boolean {
  return verifySignature(jwt, [keyNamed('client_secret', Buffer.from(client_secret))]).ok
}

function keyNamed(id: string, bytes: Uint8Array): VerificationKey {
  const secret: ClientSecret = {
    id,
    client_row_id: '',
    sealed_secret: '',
    created_at: 0,
    retires_at: null,
    retired_by: null,
    last_used_at: null,
  }
  return { secret, bytes }
}
