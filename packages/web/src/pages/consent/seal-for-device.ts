import { decodeBase64Url, encodeBase64Url } from '@valetkey/access-grant'

const curve = { name: 'ECDH', namedCurve: 'P-256' } as const

/**
 * Seals the browser's half of the proof, so that the device with this public key opens it and nobody on the way: to a
 * fresh key pair by ECDH, HKDF-SHA256 and AES-256-GCM, with the `client_id` as associated data.
 *
 * @param half 32 bytes
 * @param to.public_key P-256, uncompressed, 65 bytes, base64url
 * @returns base64url of ephemeral public key (65 bytes) ‖ nonce (12) ‖ ciphertext (32) ‖ tag (16)
 */
export async function sealForDevice(
  half: Uint8Array<ArrayBuffer>,
  { public_key, client_id }: { readonly public_key: string; readonly client_id: string },
): Promise<string> {
  const { subtle } = crypto
  const device = await subtle.importKey('raw', Uint8Array.from(decodeBase64Url(public_key)), curve, false, [])
  const fresh = await subtle.generateKey(curve, false, ['deriveBits'])
  const shared = await subtle.deriveBits({ name: 'ECDH', public: device }, fresh.privateKey, 256)
  const key = await subtle.deriveKey(
    { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(), info: utf8('valetkey device half') },
    await subtle.importKey('raw', shared, 'HKDF', false, ['deriveKey']),
    { name: 'AES-GCM', length: 256 },
    false,
    ['encrypt'],
  )
  const iv = crypto.getRandomValues(new Uint8Array(12))
  const sealed = await subtle.encrypt({ name: 'AES-GCM', iv, additionalData: utf8(client_id) }, key, half)
  const point = await subtle.exportKey('raw', fresh.publicKey)
  return encodeBase64Url(await new Blob([point, iv, sealed]).bytes())
}

const utf8 = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text)
