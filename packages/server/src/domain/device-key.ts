import { createDecipheriv, createECDH, type ECDH, hkdfSync } from 'node:crypto'

/**
 * Storage keys for a device. The user's browser, elsewhere, seals its half of the proof to a public key whose private
 * half is derived from the device code: the device sends that code when it asks, and between its requests this server
 * keeps the hash alone. So what lies in the database opens for nobody.
 *
 * The sealed form is an ephemeral public key (65 bytes) ‖ nonce (12) ‖ ciphertext (32) ‖ tag (16): ECDH on P-256, the key
 * of AES-256-GCM by HKDF-SHA256 from the shared x coordinate, the `client_id` as associated data.
 *
 * @source NIST SP 800-56A §6.1.2.2 (ephemeral, static); RFC 5869; NIST SP 800-38D
 */
const curve = 'prime256v1'
const pointBytes = 65
const nonceBytes = 12
const halfBytes = 32
const tagBytes = 16
const sealedBytes = pointBytes + nonceBytes + halfBytes + tagBytes

/** What seals for the device with this code: P-256, uncompressed, 65 bytes, base64url. */
export function deviceKeyOf(device_code: string): { public_key: string } {
  return { public_key: keyPairOf(device_code).getPublicKey().toString('base64url') }
}

/** The half that a browser sealed for this device and client, 32 bytes; undefined when it does not open. */
export function openHalf(device_code: string, client_id: string, sealed_half: string): Buffer | undefined {
  const sealed = bytesOf(sealed_half)
  if (sealed === undefined) return undefined
  const body = sealed.subarray(pointBytes)
  try {
    const shared = keyPairOf(device_code).computeSecret(sealed.subarray(0, pointBytes))
    const decipher = createDecipheriv('aes-256-gcm', sealKey(shared), body.subarray(0, nonceBytes), {
      authTagLength: tagBytes,
    })
    decipher.setAAD(Buffer.from(client_id))
    decipher.setAuthTag(body.subarray(-tagBytes))
    return Buffer.concat([decipher.update(body.subarray(nonceBytes, -tagBytes)), decipher.final()])
  } catch {
    // A point that is none, or a seal that was changed or made for somebody else.
    return undefined
  }
}

/** True for a text that can be a sealed half: base64url without padding, of that length. */
export const isSealedHalf = (text: string): boolean => bytesOf(text) !== undefined

/** The first scalar of a series that the curve takes; practically always the very first. */
function keyPairOf(device_code: string): ECDH {
  const pair = createECDH(curve)
  for (let attempt = 0; ; attempt++) {
    const scalar = Buffer.from(hkdfSync('sha256', device_code, '', `valetkey device key ${attempt}`, 32))
    if (!isScalar(scalar)) continue
    pair.setPrivateKey(scalar)
    return pair
  }
}

/** The order of P-256. @source NIST SP 800-186 §3.2.1.3 */
const order = Buffer.from('ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551', 'hex')

/** @source NIST SP 800-56A §5.6.1.2.2 (testing candidates) */
const isScalar = (bytes: Buffer): boolean => bytes.compare(order) < 0 && bytes.some((byte) => byte !== 0)

const sealKey = (shared: Buffer): Buffer =>
  Buffer.from(hkdfSync('sha256', shared, '', 'valetkey device half', 32))

function bytesOf(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64url')
  return bytes.length === sealedBytes && bytes.toString('base64url') === text ? bytes : undefined
}
