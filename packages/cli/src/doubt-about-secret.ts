import type { FindingAnswer } from '@valetkey/protocol'
import { shellWord } from './curl.ts'

const usual = '53 characters, beginning with vks_'
const asShown = 'Use the secret as it was shown when it was made; if it is lost, make a new one.'

interface Doubt {
  readonly cause: string
  readonly shape: RegExp
  /** What it is, never what it says. */
  readonly seen: string
  readonly means: string
  readonly fix?: string
  /** A secret that was imported from another server may look like this. */
  readonly imported?: true
}

/** What people hold for the client secret, told by its form alone. */
const doubts: readonly Doubt[] = [
  {
    cause: 'given_whitespace',
    shape: /^\s|\s$/,
    seen: 'a space or line break around it',
    means: 'The secret has a space or line break around it, which then is part of the key.',
    fix: 'Trim the secret where it is read.',
  },
  {
    cause: 'given_quotes',
    shape: /^["'`].*["'`]$/s,
    seen: 'quotes around it',
    means: 'The secret has quotes around it, which then are part of the key.',
    fix: 'Take the quotes out of the .env file or setting it is read from.',
  },
  {
    cause: 'given_hash',
    shape: /^\$(?:2[abxy]?|argon2(?:id|i|d)|scrypt|pbkdf2[\w-]*)\$/,
    seen: 'the form of a password hash, such as bcrypt',
    means:
      'This has the form of a password hash. Unless it was shown to you as the secret, it is what a database keeps of the secret, and cannot stand for it.',
    imported: true,
  },
  {
    cause: 'given_hash',
    shape: /^(?:[0-9a-f]{64}|[0-9a-f]{96}|[0-9a-f]{128}|[A-Za-z0-9+/]{43}=)$/i,
    seen: 'the form of a SHA-2 hash',
    means:
      'This has the form of a hash. Unless it was shown to you as the secret, use the secret itself: HMAC does the hashing.',
    imported: true,
  },
  {
    cause: 'given_jwt',
    shape: /^eyJ[\w-]*\.[\w-]+\./,
    seen: 'the form of a JWT',
    means: 'This looks like a JWT made with a secret, not like the secret.',
  },
  {
    cause: 'given_client_id',
    shape: /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i,
    seen: 'the form of a client_id',
    means: 'This looks like a client_id, which is public, not like a secret.',
  },
  {
    cause: 'given_cut',
    shape: /^vks_(?!\w{49}$)/,
    seen: 'another length or other characters',
    means: 'It begins like a secret, but it was cut, or something else was put into it.',
  },
  {
    cause: 'given_short',
    shape: /^.{0,15}$/s,
    seen: 'something short',
    means: 'This is hardly a client secret: it is much too short for one.',
  },
]

export interface DoubtAboutSecret extends FindingAnswer {
  /** It may be right all the same. */
  readonly imported: boolean
}

/**
 * What speaks against a text being the client secret it is given for. Imported secrets have any form, so this is for
 * when the server did not believe it.
 */
export function doubtAboutSecret(client_secret: string, client_id: string): DoubtAboutSecret | undefined {
  const doubt = doubts.find(({ shape }) => shape.test(client_secret))
  if (doubt === undefined) return undefined
  const { cause, seen, means, fix, imported = false } = doubt
  return {
    cause,
    seen: `${seen}; ${client_secret.length} characters`,
    expected: usual,
    apart: null,
    means,
    fix: fix ?? asShown,
    snippet:
      fix === undefined
        ? `valetkey client rotate-secret ${shellWord(client_id)} --keep-previous-for 1d`
        : null,
    imported,
  }
}
