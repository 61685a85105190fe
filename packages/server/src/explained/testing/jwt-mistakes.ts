import { EncryptJWT, generateKeyPair, SignJWT, UnsecuredJWT } from 'jose'
import { handMade, inJwt, type Mistake, signed, usualHeader, usualPayload, withSecret } from './mistake.ts'

/** Claims that other servers ask for and this one does not mind; they make the JWT long. */
const manyClaims = {
  scope: 'openid profile email offline_access',
  client_name: 'Photos, the app that prints your photos',
  redirect_uri: 'https://photos.example/callback',
}

/** What comes in place of a JWT, or around it. */
const form: readonly Mistake[] = [
  {
    name: 'sent the client secret itself, where a JWT made with it belongs',
    cause: 'secret_sent_raw',
    make: inJwt(async ({ client }) => client.client_secret),
    shows: {
      seen: '53 characters in 1 part',
      expected: 'header.payload.signature',
      apart: 'rotate the secret',
    },
    told: 'this looks like the raw secret; send a JWT signed with it, and rotate the secret',
  },
  {
    name: 'sent the client secret itself, with the newline that `cat secret.txt` left',
    cause: 'secret_sent_raw',
    make: inJwt(async ({ client }) => `${client.client_secret}\n`),
    told: 'this looks like the raw secret',
  },
  {
    name: 'sent an imported secret of the bcrypt form itself',
    cause: 'secret_sent_raw',
    make: sentRaw('$2a$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy'),
    told: 'this looks like the raw secret',
  },
  {
    name: 'sent an imported secret itself that only its owner can tell from any other text',
    cause: 'secret_sent_raw',
    make: sentRaw('correct-horse-battery-staple'),
    told: 'three parts separated by dots expected, 1 found',
  },
  {
    name: 'sent something of the form of a secret that is none of this client',
    cause: 'looks_like_secret',
    make: inJwt(async () => '0123456789abcdef'.repeat(4)),
    told: 'this looks like the raw secret',
  },
  {
    name: 'put "Bearer " before the JWT, as in a header',
    cause: 'bearer_prefix',
    make: inJwt(async (scene) => `Bearer ${await signed(scene)}`),
    told: 'it begins with Bearer; send the JWT alone',
  },
  {
    name: 'put the JWT through JSON.stringify once more',
    cause: 'quoted',
    make: inJwt(async (scene) => JSON.stringify(await signed(scene))),
    told: 'it has quotes around it',
  },
  {
    name: 'left the single quotes of a .env file around the JWT',
    cause: 'quoted',
    make: inJwt(async (scene) => `'${await signed(scene)}'`),
    told: 'it has quotes around it',
  },
  {
    name: 'read the JWT from a file, with the newline at its end',
    cause: 'whitespace',
    make: inJwt(async (scene) => `${await signed(scene)}\n`),
    told: 'it has a space or line break in it',
  },
  {
    name: 'copied the JWT from a terminal that broke it into lines of 76',
    cause: 'whitespace',
    make: inJwt(async (scene) => (await signed(scene)).replaceAll(/.{76}/g, '$&\n')),
    told: 'it has a space or line break in it',
  },
  {
    name: 'encoded the JWT as base64, as HTTP Basic does with passwords',
    cause: 'encoded_twice',
    make: inJwt(async (scene) => btoa(await signed(scene))),
    told: 'it is a JWT encoded once more',
  },
  {
    name: 'percent-encoded the JWT, dots and all',
    cause: 'encoded_twice',
    make: inJwt(async (scene) => (await signed(scene)).replaceAll('.', '%2E')),
    told: 'it is a JWT encoded once more',
  },
  {
    name: 'kept the JWT in a column of 255 characters, which cut its signature',
    cause: 'truncated',
    make: inJwt(async (scene) =>
      (await signed(scene, { claims: { scope: manyClaims.scope }, header: { alg: 'HS512' } })).slice(0, 255),
    ),
    shows: { seen: '255 characters in 3 parts' },
    told: 'client_secret is not a JWT we accept',
  },
  {
    name: 'kept the JWT in a column of 255 characters, which cut its payload',
    cause: 'truncated',
    make: inJwt(async (scene) => (await signed(scene, { claims: manyClaims })).slice(0, 255)),
    shows: { seen: '255 characters in 2 parts' },
    told: 'three parts separated by dots expected, 2 found',
  },
  {
    name: 'lost the last character of the JWT when selecting it with the mouse',
    cause: 'truncated',
    make: inJwt(async (scene) => (await signed(scene)).slice(0, -1)),
    told: 'client_secret is not a JWT we accept',
  },
  {
    name: 'forgot to append the signature',
    cause: 'parts_wrong',
    make: inJwt(async (scene) => (await signed(scene)).replace(/\.[^.]*$/, '')),
    shows: { seen: 'in 2 parts' },
    told: 'three parts separated by dots expected, 2 found',
  },
  {
    name: 'forgot to await the JWT and sent "[object Promise]"',
    cause: 'placeholder_sent',
    make: inJwt(async (scene) => `${signed(scene)}`),
    shows: { seen: '16 characters in 1 part' },
    told: 'a placeholder that nothing was filled into',
  },
  {
    name: 'sent the word undefined, from a variable that was never set',
    cause: 'placeholder_sent',
    make: inJwt(async () => `${undefined}`),
    told: 'a placeholder that nothing was filled into',
  },
  {
    name: 'encrypted the JWT with the secret instead of signing it',
    cause: 'encrypted',
    make: inJwt(({ client }) =>
      new EncryptJWT({ client_id: client.client_id })
        .setProtectedHeader({ alg: 'dir', enc: 'A256GCM' })
        .encrypt(Buffer.from(client.client_secret).subarray(0, 32)),
    ),
    shows: { seen: 'in 5 parts' },
    told: 'three parts separated by dots expected, 5 found',
  },
  {
    name: 'built the JWT by hand with ordinary base64, padding and all',
    cause: 'base64_not_url',
    make: inJwt(async (scene) =>
      handMade(usualHeader, usualPayload(scene), { key: scene.client.client_secret, encoding: 'base64' }),
    ),
    told: 'its parts are not base64url without padding',
  },
  {
    name: 'pasted the JWT with the ellipsis of a log that had shortened it',
    cause: 'base64_broken',
    make: inJwt(async (scene) => (await signed(scene)).replace(/^(.{50}).{20}/, '$1…')),
    told: 'its parts are not base64url without padding',
  },
  {
    name: 'wrote the payload by hand with single quotes',
    cause: 'json_unreadable',
    make: inJwt(async (scene) =>
      handMade(usualHeader, usualPayload(scene).replaceAll('"', "'"), { key: scene.client.client_secret }),
    ),
    shows: { apart: 'its payload is not JSON in UTF-8' },
    told: 'its payload is not JSON in UTF-8',
  },
  {
    name: 'put the payload through JSON.stringify twice',
    cause: 'json_unreadable',
    make: inJwt(async (scene) =>
      handMade(usualHeader, JSON.stringify(usualPayload(scene)), { key: scene.client.client_secret }),
    ),
    told: 'its payload is not a JSON object',
  },
  {
    name: 'wrote client_id into the payload twice',
    cause: 'json_unreadable',
    make: inJwt(async (scene) =>
      handMade(usualHeader, usualPayload(scene).replace('{', '{"client_id":"photos",'), {
        key: scene.client.client_secret,
      }),
    ),
    told: 'its payload has a member name twice',
  },
]

function sentRaw(secret: string): Mistake['make'] {
  return async (scene) => {
    await withSecret(scene, secret)
    return { form: { client_secret: secret }, secret }
  }
}

/** What the header says and should not. */
const header: readonly Mistake[] = [
  {
    name: 'made the JWT without a signature',
    cause: 'alg_none',
    make: inJwt(async ({ client, deps }) =>
      new UnsecuredJWT({ client_id: client.client_id, exp: deps.clock.now() + 300 }).encode(),
    ),
    shows: { seen: "alg 'none'", expected: 'alg HS256, typ JWT' },
    told: 'its alg must be HS256, HS384 or HS512',
  },
  ...['RS256', 'ES256', 'EdDSA'].map(
    (alg): Mistake => ({
      name: `signed with a private key, as for private_key_jwt (${alg})`,
      cause: 'alg_asymmetric',
      make: inJwt(async ({ client, deps }) =>
        new SignJWT({ client_id: client.client_id, exp: deps.clock.now() + 300 })
          .setProtectedHeader({ alg, typ: 'JWT' })
          .sign((await generateKeyPair(alg)).privateKey),
      ),
      shows: { seen: `alg '${alg}'` },
      told: 'its alg must be HS256, HS384 or HS512',
    }),
  ),
  {
    name: 'wrote hs256 in lower case',
    cause: 'alg_unknown',
    make: inJwt(async (scene) =>
      handMade('{"alg":"hs256","typ":"JWT"}', usualPayload(scene), { key: scene.client.client_secret }),
    ),
    shows: { seen: "alg 'hs256'" },
    told: 'its alg must be HS256, HS384 or HS512',
  },
  {
    name: 'wrote HS256 into the header and signed with SHA-512',
    cause: 'alg_differs',
    make: inJwt(async (scene) =>
      handMade(usualHeader, usualPayload(scene), { key: scene.client.client_secret, hash: 'sha512' }),
    ),
    shows: { seen: "alg 'HS256'", apart: 'its signature has 64 bytes, HS256 makes 32' },
    told: 'its signature has 64 bytes, HS256 makes 32',
  },
  {
    name: 'marked the JWT as an access token',
    cause: 'typ_wrong',
    make: inJwt((scene) => signed(scene, { header: { alg: 'HS256', typ: 'at+jwt' } })),
    shows: { seen: "typ 'at+jwt'" },
    told: 'its typ must be JWT, client-authentication+jwt or absent',
  },
  {
    name: 'left a jku in the header for servers that fetch keys',
    cause: 'header_refused',
    make: inJwt((scene) => signed(scene, { header: { alg: 'HS256', jku: 'https://photos.example/jwks' } })),
    shows: { apart: 'its header has jku, which is not allowed here' },
    told: 'its header has jku',
  },
]

/** The form of the JWT and its header. */
export const jwtMistakes: readonly Mistake[] = [...form, ...header]
