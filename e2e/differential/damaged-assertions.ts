import { randomUUID } from 'node:crypto'
import { registeredKey, strangeKey } from './assertion.ts'
import { asserting, type Change, send } from './draft.ts'
import { codeExchange } from './good-requests.ts'
import type { Party } from './party.ts'

const claiming = (make: (to: Party, now: number) => object): Change => asserting({ claims: make })
const heading = (header: object): Change => asserting({ header: () => header })
const replaced = (from: string | RegExp, to: string) => (json: string) => json.replace(from, to)

/** The public key as the text that a careless server would take for a secret. */
const publicPem = registeredKey.publicKey.export({ type: 'spki', format: 'pem' }).toString()

const missingClaims = ['iss', 'sub', 'aud', 'exp', 'iat', 'jti'].map(
  (claim) => [`${claim} missing`, claiming(() => ({ [claim]: undefined }))] as const,
)
const wrongTypes = Object.entries({
  iss: [7, null, ['x']],
  sub: [7, null, {}],
  aud: [7, null, {}, []],
  exp: ['soon', null, true, [1]],
  iat: ['now', true],
  nbf: ['now', {}],
  jti: [7, '', ['0123456789abcdef']],
}).flatMap(([claim, values]) =>
  values.map((value) => [`${claim} ${JSON.stringify(value)}`, claiming(() => ({ [claim]: value }))] as const),
)
const refusedHeaders = Object.entries({
  b64: false,
  jku: 'https://evil.example/jwks',
  jwk: strangeKey.publicKey.export({ format: 'jwk' }),
  x5u: 'https://evil.example/certificate',
  x5c: ['MIIB'],
  zip: 'DEF',
}).map(([name, value]) => [`header ${name}`, heading({ [name]: value })] as const)

/** A client assertion damaged in every way that a library, an attacker or a broken clock would. */
export const damagedAssertions: Readonly<Record<string, Change>> = {
  ...Object.fromEntries([...missingClaims, ...wrongTypes, ...refusedHeaders]),
  'header crit': heading({ crit: ['exp'], exp: 1 }),
  'header crit and b64': heading({ crit: ['b64'], b64: false }),
  'header typ of an access token': heading({ typ: 'at+jwt' }),
  'header typ of a DPoP proof': heading({ typ: 'dpop+jwt' }),
  'header kid no text': heading({ kid: 7 }),
  'header kid that nobody has': heading({ kid: '../../dev/null' }),
  'alg missing': heading({ alg: undefined }),
  'alg none': heading({ alg: 'none' }),
  'alg none without a signature': asserting({ header: () => ({ alg: 'none' }), jwt: replaced(/[^.]+$/, '') }),
  'alg None': heading({ alg: 'None' }),
  'alg HS384': heading({ alg: 'HS384' }),
  'alg HS512': heading({ alg: 'HS512' }),
  'alg hs256': heading({ alg: 'hs256' }),
  'alg RS256 over a MAC': heading({ alg: 'RS256' }),
  'alg ES256 with a private key that nobody registered': asserting({ key: () => strangeKey.privateKey }),
  'alg 7': heading({ alg: 7 }),
  'MAC with a public key for the client that has it': asserting({
    key: () => publicPem,
    claims: ({ clients: { keyed } }) => ({ iss: keyed.client_id, sub: keyed.client_id }),
  }),
  'MAC with another secret': asserting({ key: ({ clients }) => clients.other.client_secret }),
  'MAC with no secret': asserting({ key: () => '' }),
  'MAC with the secret in upper case': asserting({
    key: ({ clients }) => clients.app.client_secret.toUpperCase(),
  }),
  'one bit of the MAC differs': asserting({ jwt: flippedBit }),
  'MAC cut': asserting({ jwt: (jwt) => jwt.slice(0, -4) }),
  'MAC missing': asserting({ jwt: replaced(/[^.]+$/, '') }),
  'two parts': asserting({ jwt: replaced(/\.[^.]+$/, '') }),
  'four parts': asserting({ jwt: (jwt) => `${jwt}.AAAA` }),
  'five parts': asserting({ jwt: (jwt) => `${jwt}.AAAA.AAAA` }),
  'one part': asserting({ jwt: replaced(/\..*/, '') }),
  'dots alone': asserting({ jwt: () => '..' }),
  'no JWT': asserting({ jwt: () => 'assertion' }),
  'in JSON serialization': asserting({
    jwt(jwt) {
      const [header, payload, signature] = jwt.split('.')
      return JSON.stringify({ protected: header, payload, signature })
    },
  }),
  'with Bearer before it': asserting({ jwt: (jwt) => `Bearer ${jwt}` }),
  'with a space before it': asserting({ jwt: (jwt) => ` ${jwt}` }),
  'with a line break in it': asserting({ jwt: replaced('.', '.\n') }),
  'with padding': asserting({ jwt: (jwt) => `${jwt}=` }),
  'last character not canonical': asserting({ jwt: notCanonical }),
  'header no JSON': asserting({ headerText: () => 'header' }),
  'header an array': asserting({ headerText: (json) => `[${json}]` }),
  'payload no JSON': asserting({ payloadText: (json) => json.slice(1) }),
  'payload an array': asserting({ payloadText: (json) => `[${json}]` }),
  'payload null': asserting({ payloadText: () => 'null' }),
  'payload with a byte order mark': asserting({ payloadText: (json) => `\ufeff${json}` }),
  'header member twice': asserting({ headerText: replaced('{', '{"alg":"none",') }),
  'sub twice': asserting({ payloadText: replaced('{', '{"sub":"somebody",') }),
  'exp twice': asserting({ payloadText: replaced('{', '{"exp":1,') }),
  'nested too deeply': claiming(() => ({ deep: [[[[[[[[[[{}]]]]]]]]]] })),
  'iss differs from sub': claiming(({ clients }) => ({ iss: clients.other.client_id })),
  'iss is the server': claiming(({ issuer }) => ({ iss: issuer })),
  'sub of another client': claiming(({ clients }) => ({ sub: clients.other.client_id })),
  'of another client, signed with the secret of this one': claiming(({ clients: { other } }) => ({
    iss: other.client_id,
    sub: other.client_id,
  })),
  'of another client, signed by it': asserting({}, 'other'),
  'of a public client': claiming(({ clients: { open } }) => ({ iss: open.client_id, sub: open.client_id })),
  'of an unknown client': claiming(() => {
    const client_id = randomUUID()
    return { iss: client_id, sub: client_id }
  }),
  'exp a minute ago': claiming((_, now) => ({ iat: now - 120, exp: now - 60 })),
  'exp in 1970': claiming(() => ({ exp: 60 })),
  'exp 0': claiming(() => ({ exp: 0 })),
  'exp negative': claiming(() => ({ exp: -1 })),
  'exp ten years ahead': claiming((_, now) => ({ exp: now + 315_360_000 })),
  'exp an hour ahead': claiming((_, now) => ({ exp: now + 3600 })),
  'exp in milliseconds': claiming((_, now) => ({ exp: (now + 60) * 1000 })),
  'exp 1e999': asserting({ payloadText: replaced(/"exp":\d+/, '"exp":1e999') }),
  'iat an hour ahead': claiming((_, now) => ({ iat: now + 3600 })),
  'iat an hour back': claiming((_, now) => ({ iat: now - 3600 })),
  'nbf an hour ahead': claiming((_, now) => ({ nbf: now + 3600 })),
  'jti of one character': claiming(() => ({ jti: 'j' })),
  'jti of 1,000 characters': claiming(() => ({ jti: 'j'.repeat(1000) })),
  'jti used before': async (draft, to) => {
    await send(to, draft)
    const assertion = draft.fields.filter(([name]) => name.startsWith('client_assertion'))
    const fresh = await codeExchange(to)
    const rest = fresh.fields.filter(([name]) => !name.startsWith('client_assertion'))
    return { ...fresh, fields: [...rest, ...assertion] }
  },
  'aud empty': claiming(() => ({ aud: '' })),
  'aud of another server': claiming(() => ({ aud: 'https://elsewhere.example' })),
  'aud the token endpoint': claiming(({ issuer }) => ({ aud: `${issuer}/oauth2/token` })),
  'aud this server and another': claiming(({ issuer }) => ({ aud: [issuer, 'https://elsewhere.example'] })),
  'aud this server and its token endpoint': claiming(({ issuer }) => ({
    aud: [issuer, `${issuer}/oauth2/token`],
  })),
  'aud this server twice': claiming(({ issuer }) => ({ aud: [issuer, issuer] })),
  'aud in upper case': claiming(({ issuer }) => ({ aud: issuer.toUpperCase() })),
  'aud with a slash at its end': claiming(({ issuer }) => ({ aud: `${issuer}/` })),
  'aud without a port': claiming(({ issuer }) => ({ aud: issuer.replace(/:\d+$/, '') })),
  'aud the client itself': claiming(({ clients }) => ({ aud: clients.app.client_id })),
}

function flippedBit(jwt: string): string {
  const at = jwt.lastIndexOf('.') + 5
  return `${jwt.slice(0, at)}${jwt[at] === 'A' ? 'B' : 'A'}${jwt.slice(at + 1)}`
}

/** The last character of 32 bytes has two bits that mean nothing, and are zero in the one right spelling. */
function notCanonical(jwt: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  return `${jwt.slice(0, -1)}${alphabet[alphabet.indexOf(jwt.at(-1) ?? '') + 1]}`
}
