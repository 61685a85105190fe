import { hash } from 'node:crypto'
import { madeWith } from '../client-assertion.ts'
import { clientSecretPrefix } from '../client-secret.ts'
import type { Jwt } from '../jwt.ts'
import type { Evidence } from '../token-request.ts'
import { urlDecoded } from '../url-decoded.ts'
import type { Cause } from './causes.ts'

/** A key that may have made a signature which the client's secrets did not make. */
export interface Suspect {
  readonly cause: Cause
  readonly key: Uint8Array
  /** Whose it is; never the key. */
  readonly evidence?: Evidence
}

/** So many suspects are tried for one token request: some tenths of a millisecond. */
export const maxSuspects = 32

type Key = Uint8Array | string
/** A key beside what it is, in words that go on "made with". */
type Guess = readonly [how: string, key: Key]

/** What people really sign with in place of the secret, most frequent first. The first that fits is told. */
const guesses: readonly (readonly [cause: Cause, keys: (secret: string) => readonly Guess[]])[] = [
  ['secret_given_with_whitespace', (secret) => [['the secret, trimmed', secret.trim()]]],
  [
    'secret_with_whitespace',
    (secret) => [
      ['the secret and a line feed behind it', `${secret.trim()}\n`],
      ['the secret and CR LF behind it', `${secret.trim()}\r\n`],
      ['the secret and a space behind it', `${secret.trim()} `],
    ],
  ],
  [
    'secret_with_quotes',
    (secret) => [
      ['the secret within double quotes', `"${secret}"`],
      ['the secret within single quotes', `'${secret}'`],
    ],
  ],
  [
    'secret_given_with_quotes',
    (secret) => [['the secret without its quotes', secret.replaceAll(/^["'`]|["'`]$/g, '')]],
  ],
  // A shell takes a name or one digit after $, dotenv-expand and PHP a name, older dotenv-expand any word.
  [
    'secret_expanded_by_shell',
    (secret) =>
      [/\$(?:[0-9]|[A-Za-z_]\w*)/g, /\$[A-Za-z_]\w*/g, /\$\w+/g].map((name) => [
        'the secret without its $ and the letters or digits behind them',
        secret.replaceAll(name, ''),
      ]),
  ],
  ['secret_first_line', (secret) => [['the first line of the secret', /^.*/.exec(secret)?.[0] ?? '']]],
  [
    'secret_hex_decoded',
    (secret) =>
      /^(?:[0-9a-f]{2})+$/i.test(secret) ? [['the secret decoded as hex', Buffer.from(secret, 'hex')]] : [],
  ],
  // Node reads both alphabets; other decoders skip what is not in theirs.
  [
    'secret_base64_decoded',
    (secret) =>
      [secret, secret.replaceAll(/[^A-Za-z0-9+/]/g, '')].map((text) => [
        'the secret decoded as base64',
        Buffer.from(text, 'base64'),
      ]),
  ],
  [
    'secret_hashed',
    (secret) => [
      ['the SHA-256 of the secret, as hex', hash('sha256', secret, 'hex')],
      ['the SHA-256 of the secret, as bytes', hash('sha256', secret, 'buffer')],
    ],
  ],
  ['secret_in_other_case', (secret) => [['the secret in lower case', secret.toLowerCase()]]],
  [
    'secret_encoded',
    (secret) => [
      ['the secret encoded as base64', Buffer.from(secret).toString('base64')],
      ['the secret encoded as hex', Buffer.from(secret).toString('hex')],
      ['the secret percent-encoded', encodeURIComponent(secret.toWellFormed())],
    ],
  ],
  // A URL decodes percent signs, a form + as well; half a parser + alone.
  [
    'secret_url_decoded',
    (secret) => {
      const spaced = secret.replaceAll('+', ' ')
      return [urlDecoded(secret) ?? secret, urlDecoded(spaced) ?? spaced, spaced].map((key) => [
        'the secret, URL-decoded',
        key,
      ])
    },
  ],
  [
    'secret_without_prefix',
    (secret) =>
      secret.startsWith(clientSecretPrefix)
        ? [[`the secret without ${clientSecretPrefix}`, secret.slice(clientSecretPrefix.length)]]
        : [],
  ],
  [
    'secret_cut',
    (secret) =>
      [secret.slice(0, -1), ...[32, 16, 24, 48].map((length) => secret.slice(0, length))].map((key) => [
        `the first ${key.length} of ${secret.length} characters of the secret`,
        key,
      ]),
  ],
  [
    'secret_with_whitespace',
    (secret) => [
      ['the secret and a space before it', ` ${secret.trim()}`],
      ['the secret and a tab before it', `\t${secret.trim()}`],
      ['the secret and a line feed before it', `\n${secret.trim()}`],
    ],
  ],
  ['secret_in_other_case', (secret) => [['the secret in upper case', secret.toUpperCase()]]],
  ['secret_hashed', (secret) => [['the SHA-256 of the secret, as base64', hash('sha256', secret, 'base64')]]],
  [
    'secret_encoded',
    (secret) => [['the secret encoded as base64url', Buffer.from(secret).toString('base64url')]],
  ],
]

/** The keys that one secret is mistaken for, without the secret itself; each once, most frequent mistake first. */
export function mistakenFor(secret: string): readonly Suspect[] {
  const seen = new Set(['', secret].map((key) => Buffer.from(key).toString('latin1')))
  return guesses.flatMap(([cause, keysOf]) =>
    keysOf(secret)
      .map(([how, key]) => ({ cause, key: Buffer.from(key), evidence: { made_with: how } }))
      .filter(({ key }) => {
        const text = key.toString('latin1')
        return !seen.has(text) && seen.add(text)
      }),
  )
}

/** Keys that need no secret. */
export function withoutSecret(client_id: string): readonly Suspect[] {
  return [
    { cause: 'empty_key', key: Buffer.alloc(0) },
    { cause: 'client_id_as_key', key: Buffer.from(client_id) },
    ...placeholders.map((word) => ({ cause: 'placeholder_as_key' as const, key: Buffer.from(word) })),
  ]
}

/** What templates make of a variable that is not set, and the examples of jwt.io, today's and the one before. */
const placeholders = ['undefined', 'a-string-secret-at-least-256-bits-long', 'your-256-bit-secret']

/** The beginnings of a secret, for those who may try some hundred keys: offline, the secret at hand. */
export function beginningsOf(secret: string): readonly Suspect[] {
  return Array.from({ length: Math.min(secret.length, longestTried) }, (_, at) => secret.slice(0, at))
    .filter((text) => text.length >= 8)
    .map((text) => ({
      cause: 'secret_cut',
      key: Buffer.from(text),
      evidence: { made_with: `the first ${text.length} of ${secret.length} characters of the secret` },
    }))
}

/** Longer texts are no client secrets, and each length costs an HMAC. */
const longestTried = 512

/**
 * Whose key made the signature; undefined when nothing people usually do fits.
 *
 * For the eyes of the client's owner only, never on the way of an answer, and it never authenticates anybody.
 */
export function whoSigned(jwt: Jwt, suspects: readonly Suspect[]): Suspect | undefined {
  return suspects.find(({ key }) => madeWith(jwt, key))
}
