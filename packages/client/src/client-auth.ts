import { randomText } from './encoding.ts'
import { createJws, hmacSigner, type JwsHeader, type Signer } from './jws.ts'

/** A registered client, and how it proves that it is the one. */
export interface Client {
  readonly client_id: string
  readonly auth: ClientAuth
}

/** Made by {@link noAuth}, {@link clientSecretJwt} or {@link privateKeyJwt}. */
export interface ClientAuth {
  /** As in the registration: `token_endpoint_auth_method`. */
  readonly method: 'none' | 'client_secret_jwt' | 'private_key_jwt'
  /** The form fields that prove who asks, made anew for each request. */
  proofFor(claims: {
    readonly client_id: string
    readonly issuer: string
  }): Promise<Readonly<Record<string, string>>>
}

/** For clients that cannot keep a secret: pages in a browser, programs on the user's machine. PKCE protects them. */
export function noAuth(): ClientAuth {
  return { method: 'none', proofFor: async () => ({}) }
}

/**
 * For clients with a client secret. It stays here; a JWT made with it is sent.
 *
 * @param client_secret the text shown at registration; its UTF-8 bytes, undecoded, are the HMAC key
 * @throws RangeError when it is empty
 * @source RFC 7523 §2.2
 */
export function clientSecretJwt(client_secret: string): ClientAuth {
  if (client_secret === '') throw new RangeError('the client secret must not be empty')
  return assertedWith('client_secret_jwt', { alg: 'HS256' }, hmacSigner(client_secret))
}

/**
 * For clients with a private key, whose public half is registered.
 *
 * @param key a Web Crypto private key that may sign: Ed25519 (EdDSA), ECDSA on P-256 (ES256), RSA-PSS (PS256) or
 *   RSASSA-PKCS1-v1_5 (RS256) with SHA-256. It need not be extractable
 * @param options.kid names the key among those registered
 * @throws RangeError when it is another kind of key
 * @source RFC 7523 §2.2, RFC 7518 §3.1, RFC 8037 §3.1
 */
export function privateKeyJwt(key: CryptoKey, options: { readonly kid?: string } = {}): ClientAuth {
  if (key.type !== 'private' || !key.usages.includes('sign')) {
    throw new RangeError('the key is no private key that may sign')
  }
  const { alg, parameters } = algorithmOf(key.algorithm)
  const header = { alg, ...(options.kid === undefined ? {} : { kid: options.kid }) }
  return assertedWith('private_key_jwt', header, (message) => crypto.subtle.sign(parameters, key, message))
}

/** Long enough for a clock that is minutes late; with one that is half a minute early it still ends within 300 s. */
const lifetimeSeconds = 240

function assertedWith(
  method: ClientAuth['method'],
  header: Omit<JwsHeader, 'typ'>,
  sign: Signer,
): ClientAuth {
  return {
    method,
    async proofFor({ client_id, issuer }) {
      const iat = Math.floor(Date.now() / 1000)
      const exp = iat + lifetimeSeconds
      const claims = { iss: client_id, sub: client_id, aud: issuer, iat, exp, jti: randomText() }
      return {
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
        client_assertion: await createJws({ ...header, typ: 'client-authentication+jwt' }, claims, sign),
      }
    },
  }
}

interface SigningAlgorithm {
  readonly alg: string
  readonly parameters: AlgorithmIdentifier | EcdsaParams | RsaPssParams
}

function algorithmOf(algorithm: KeyAlgorithm): SigningAlgorithm {
  const found = algorithms[detailed(algorithm)]
  if (found === undefined) throw new RangeError('the key is none for EdDSA, ES256, PS256 or RS256')
  return found
}

const algorithms: Readonly<Record<string, SigningAlgorithm>> = {
  Ed25519: { alg: 'EdDSA', parameters: 'Ed25519' },
  'ECDSA P-256': { alg: 'ES256', parameters: { name: 'ECDSA', hash: 'SHA-256' } },
  'RSA-PSS SHA-256': { alg: 'PS256', parameters: { name: 'RSA-PSS', saltLength: 32 } },
  'RSASSA-PKCS1-v1_5 SHA-256': { alg: 'RS256', parameters: 'RSASSA-PKCS1-v1_5' },
}

/** The name of a key's algorithm with its curve or hash, where it has one. */
function detailed(algorithm: KeyAlgorithm & { namedCurve?: unknown; hash?: { name?: unknown } }): string {
  const detail = algorithm.namedCurve ?? algorithm.hash?.name
  return detail === undefined ? algorithm.name : `${algorithm.name} ${detail}`
}
