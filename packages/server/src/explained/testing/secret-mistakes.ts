import { createHash } from 'node:crypto'
import { clientsPath } from '../../testing/people.ts'
import type { RefusalScene } from '../../testing/refusal-scene.ts'
import {
  clientOf,
  foreignClient,
  handMade,
  inJwt,
  type Mistake,
  signed,
  usualHeader,
  usualPayload,
  withSecret,
} from './mistake.ts'

const sha256 = (text: string) => createHash('sha256').update(text)
const bcrypt = '$2a$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy'
const hex = '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08'
const base64 = 'n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg='
const url = 'f%2Bqgx+Vr%2FQFaO%3DTxsrC4Is0V1sFbDwCgg'
const lines = 'first line of a passphrase\nsecond line of a passphrase\n'

/** Signed with what became of the secret; and told so, but not with what. */
function signedWith(key: (secret: string) => Uint8Array | string): Mistake['make'] {
  return inJwt((scene) => signed(scene, { key: key(scene.client.client_secret) }))
}

/** The same for a secret that was made elsewhere. */
function importedAndSignedWith(
  secret: string,
  key: (secret: string) => Uint8Array | string,
): Mistake['make'] {
  return async (scene) => {
    const client_secret = await signed(await withSecret(scene, secret), { key: key(secret) })
    return { form: { client_secret }, secret }
  }
}

/** The secret that was shown, and what lies between it and the key. */
const altered: readonly Mistake[] = [
  {
    name: 'signed with the secret and the newline that `cat secret.txt` left',
    cause: 'secret_with_whitespace',
    make: signedWith((secret) => `${secret}\n`),
    shows: { seen: /^made with /, expected: 'made with the secret of 2026-03-01T12:00:00Z' },
  },
  {
    name: 'signed with the secret and the line end of a file from Windows',
    cause: 'secret_with_whitespace',
    make: signedWith((secret) => `${secret}\r\n`),
  },
  {
    name: 'signed with the secret and the space after it in a .env file',
    cause: 'secret_with_whitespace',
    make: signedWith((secret) => `${secret} `),
  },
  {
    name: 'signed with the secret and the space before it in `CLIENT_SECRET= vks_...`',
    cause: 'secret_with_whitespace',
    make: signedWith((secret) => ` ${secret}`),
  },
  {
    name: 'signed with the secret and the tab of a spreadsheet before it',
    cause: 'secret_with_whitespace',
    make: signedWith((secret) => `\t${secret}`),
  },
  {
    name: 'signed with the double quotes that `docker --env-file` keeps',
    cause: 'secret_with_quotes',
    make: signedWith((secret) => `"${secret}"`),
  },
  {
    name: 'signed with the single quotes of a Windows batch file',
    cause: 'secret_with_quotes',
    make: signedWith((secret) => `'${secret}'`),
  },
  {
    name: 'ticked "secret is base64url encoded"',
    cause: 'secret_base64_decoded',
    make: signedWith((secret) => Buffer.from(secret, 'base64url')),
  },
  {
    name: 'decoded the secret as base64 with a decoder that skips the _',
    cause: 'secret_base64_decoded',
    make: signedWith((secret) => Buffer.from(secret.replace('_', ''), 'base64')),
  },
  {
    name: 'decoded an imported secret that is base64',
    cause: 'secret_base64_decoded',
    make: importedAndSignedWith(base64, (secret) => Buffer.from(secret, 'base64')),
  },
  {
    name: 'decoded an imported secret that is hex',
    cause: 'secret_hex_decoded',
    make: importedAndSignedWith(hex, (secret) => Buffer.from(secret, 'hex')),
  },
  {
    name: 'signed with the SHA-256 of the secret, in hex',
    cause: 'secret_hashed',
    make: signedWith((secret) => sha256(secret).digest('hex')),
  },
  {
    name: 'signed with the SHA-256 of the secret, its bytes',
    cause: 'secret_hashed',
    make: signedWith((secret) => sha256(secret).digest()),
  },
  {
    name: 'signed with the SHA-256 of the secret, in base64',
    cause: 'secret_hashed',
    make: signedWith((secret) => sha256(secret).digest('base64')),
  },
  {
    name: 'kept the secret in a store that lower-cases',
    cause: 'secret_in_other_case',
    make: signedWith((secret) => secret.toLowerCase()),
  },
  {
    name: 'kept the secret in a store that upper-cases',
    cause: 'secret_in_other_case',
    make: signedWith((secret) => secret.toUpperCase()),
  },
  {
    name: 'took the value of a Kubernetes secret as it stands in the YAML, in base64',
    cause: 'secret_encoded',
    make: signedWith((secret) => btoa(secret)),
  },
  {
    name: 'encoded the secret as base64url',
    cause: 'secret_encoded',
    make: signedWith((secret) => Buffer.from(secret).toString('base64url')),
  },
  {
    name: 'encoded the secret as hex',
    cause: 'secret_encoded',
    make: signedWith((secret) => Buffer.from(secret).toString('hex')),
  },
  {
    name: 'percent-encoded an imported secret before signing with it',
    cause: 'secret_encoded',
    make: importedAndSignedWith(base64, encodeURIComponent),
  },
  {
    name: 'let a URL parser decode the percent signs of an imported secret',
    cause: 'secret_url_decoded',
    make: importedAndSignedWith(url, decodeURIComponent),
  },
  {
    name: 'let a form parser make a space of the + in an imported secret',
    cause: 'secret_url_decoded',
    make: importedAndSignedWith(base64, (secret) => secret.replaceAll('+', ' ')),
  },
  {
    name: 'let a form parser decode + and percent signs of an imported secret',
    cause: 'secret_url_decoded',
    make: importedAndSignedWith(url, (secret) => new URLSearchParams(`_=${secret}`).get('_') ?? ''),
  },
  {
    name: 'took vks_ for a label and left it out',
    cause: 'secret_without_prefix',
    make: signedWith((secret) => secret.replace('vks_', '')),
  },
  {
    name: 'put an imported secret into double quotes in bash, which took $2, $1 and $N9qo... for variables',
    cause: 'secret_expanded_by_shell',
    // bash -c 'printf %s "$2a$10$N9…"': $2 and $1 are positions, one digit each.
    make: importedAndSignedWith(bcrypt, () => 'a0'),
  },
  {
    name: 'let an older dotenv-expand read an imported secret, which took $2a, $10 and $N9qo... for variables',
    cause: 'secret_expanded_by_shell',
    make: importedAndSignedWith(`${bcrypt}/2026`, () => '/2026'),
  },
  {
    name: 'put an imported secret into double quotes in PHP, which took $N9qo... for a variable',
    cause: 'secret_expanded_by_shell',
    make: importedAndSignedWith(bcrypt, () => '$2a$10'),
  },
  {
    name: 'read the first line only of an imported secret of two',
    cause: 'secret_first_line',
    make: importedAndSignedWith(lines, (secret) => secret.split('\n')[0] ?? ''),
  },
  {
    name: 'trimmed an imported secret whose last character is a newline',
    cause: 'secret_given_with_whitespace',
    make: importedAndSignedWith(lines, (secret) => secret.trim()),
  },
  {
    name: 'took the quotes off an imported secret that has them',
    cause: 'secret_given_with_quotes',
    make: importedAndSignedWith('"four words in quotes"', (secret) => secret.slice(1, -1)),
  },
  {
    name: 'kept the secret in a column of 32 characters',
    cause: 'secret_cut',
    make: signedWith((secret) => secret.slice(0, 32)),
  },
  {
    name: 'lost the last character of the secret when selecting it with the mouse',
    cause: 'secret_cut',
    make: signedWith((secret) => secret.slice(0, -1)),
  },
  {
    name: 'lost a third of the secret, at a length that no server guesses',
    cause: 'secret_differs',
    make: signedWith((secret) => secret.slice(0, 37)),
    offline: ['secret_cut'],
  },
]

/** Another key altogether. */
const anotherKey: readonly Mistake[] = [
  {
    name: 'signed with an empty key, from a variable that is not set',
    cause: 'empty_key',
    make: inJwt(async (scene) => handMade(usualHeader, usualPayload(scene))),
  },
  {
    name: 'signed with the client_id',
    cause: 'client_id_as_key',
    make: inJwt((scene) => signed(scene, { key: scene.client.client_id })),
  },
  {
    name: 'signed with the word undefined, from a variable in a template',
    cause: 'placeholder_as_key',
    make: signedWith(() => `${undefined}`),
  },
  {
    name: 'left the example secret of jwt.io in its field',
    cause: 'placeholder_as_key',
    make: signedWith(() => 'a-string-secret-at-least-256-bits-long'),
  },
  {
    name: 'signed with a secret from nobody knows where',
    cause: 'secret_differs',
    make: signedWith(() => 'vks_anotherSecretAltogetherThatNobodyHereHasEverSeenBefore'),
    shows: { seen: /^made with /, expected: 'made with the secret of 2026-03-01T12:00:00Z' },
  },
  {
    name: 'changed exp after signing',
    cause: 'secret_differs',
    make: inJwt(async (scene) => {
      const payload = usualPayload(scene).replace(/\d+\}$/, (exp) => `${Number.parseInt(exp, 10) + 60}}`)
      return (await signed(scene)).replace(/\.[^.]*\./, `.${Buffer.from(payload).toString('base64url')}.`)
    }),
  },
  {
    name: 'still signs with the secret that was rotated out',
    cause: 'secret_retired',
    make: (scene) => signedBeforeRotation(scene),
    shows: {
      seen: /^made with the secret of 2026-03-01T12:00:00Z, retired 2026-03-01T12:00:00Z by Ada Example$/,
    },
    offline: ['secret_differs'],
  },
  {
    name: 'still signs with the old secret, an hour after the two stopped to work side by side',
    cause: 'secret_retired',
    async make(scene) {
      const { secret = '' } = await signedBeforeRotation(scene, 3600)
      const client_secret = scene.client.client_secret
      scene.deps.clock.advance(7200)
      const code = await scene.code()
      return {
        form: { client_secret: await signed(scene, { key: client_secret }), code },
        secret,
        good: { code },
      }
    },
    shows: {
      seen: 'made with the secret of 2026-03-01T12:00:00Z, retired 2026-03-01T13:00:00Z by Ada Example',
      expected: 'made with the secret of 2026-03-01T12:00:00Z',
    },
    offline: ['secret_differs'],
  },
  {
    name: 'signed with the secret of the test environment, which is another client',
    cause: 'secret_of_another_client',
    async make(scene) {
      const test = await clientOf(scene, 'Photos test')
      return { form: { client_secret: await signed(scene, { key: test.client_secret }) } }
    },
    shows: { seen: /^made with the secret of 2026-03-01T12:00:00Z, of .*\(Photos test\)$/ },
    offline: ['secret_differs'],
  },
  {
    name: 'registered the client anew and kept the secret of the one that was deleted',
    cause: 'secret_of_another_client',
    async make(scene) {
      const gone = await clientOf(scene, 'Photos, first try')
      await scene.ask(scene.developer, 'DELETE', `${clientsPath}/${gone.id}`)
      return { form: { client_secret: await signed(scene, { key: gone.client_secret }) } }
    },
    shows: { seen: 'Photos, first try' },
    offline: ['secret_differs'],
  },
  {
    name: 'signed with a secret that belongs to another developer',
    cause: 'secret_differs',
    async make(scene) {
      const { client_id, client_secret: key } = await foreignClient(scene)
      return { form: { client_secret: await signed(scene, { key }) }, hides: [client_id, 'Diaries', 'Bob'] }
    },
    shows: { seen: 'made with an unknown key' },
  },
]

/** A JWT made with the secret that was current until now; `secret` is the new one. */
async function signedBeforeRotation(scene: RefusalScene, keep_previous_for = 0) {
  const { ask, developer, client } = scene
  const rotation = { keep_previous_for }
  const { body } = await ask(developer, 'POST', `${clientsPath}/${client.id}/regenerate-secret`, rotation)
  const secret: string = body.client_secret
  return { form: { client_secret: await signed(scene) }, secret }
}

/** What the signature was made with. */
export const secretMistakes: readonly Mistake[] = [...altered, ...anotherKey]

/** A good JWT, and a secret at hand that is not the one it was made with: it is the secret that is to be mended. */
export const secretAtHandMistakes: readonly SecretAtHand[] = [
  {
    name: 'compares a good JWT with a secret that has a newline',
    cause: 'secret_given_with_whitespace',
    atHand: (secret) => `${secret}\n`,
  },
  {
    name: 'compares a good JWT with a secret that has quotes',
    cause: 'secret_given_with_quotes',
    atHand: (secret) => `"${secret}"`,
  },
]

interface SecretAtHand extends Pick<Mistake, 'name' | 'cause'> {
  readonly atHand: (secret: string) => string
}
