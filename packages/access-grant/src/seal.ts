import { openAesGcm, sealAesGcm } from '#primitives'
import { createAccessGrant, parseAccessGrant, serializeAccessGrant } from './access-grant.ts'
import { type BytesLike, bytesOf, concatBytes } from './bytes.ts'
import { keyLength } from './derived-key.ts'
import { parseEncryptionAccess, serializeEncryptionAccess } from './encryption-access.ts'
import type { EncryptionAccess } from './encryption-store.ts'
import { AccessGrantError } from './errors.ts'

const nonceLength = 12
const tagLength = 16

/** What a sealed encryption access has beyond the bytes that it seals: nonce and tag. */
export const sealOverhead: number = nonceLength + tagLength

/**
 * Seals storage keys, so that whoever hands them on cannot read them: AES-256-GCM over the serialized keys.
 *
 * @param form.key 32 random bytes, used for this one seal
 * @param form.nonce 12 random bytes
 * @param form.associated_data whom the keys are for; without the same text they do not open
 * @returns nonce ‖ ciphertext ‖ tag (16 bytes)
 * @source NIST SP 800-38D
 * @throws AccessGrantError `key` `nonce`
 */
export function sealEncryptionAccess(
  access: EncryptionAccess,
  form: { readonly key: Uint8Array; readonly nonce: Uint8Array; readonly associated_data: BytesLike },
): Uint8Array {
  const { key, nonce, associated_data } = form
  if (nonce.length !== nonceLength) {
    throw new AccessGrantError('nonce', `the nonce is ${nonce.length} bytes long, expected 12`)
  }
  const plain = serializeEncryptionAccess(access)
  return concatBytes([nonce, sealAesGcm(withCheckedLength(key), nonce, plain, bytesOf(associated_data))])
}

/**
 * The storage keys again, exactly as they were sealed.
 *
 * @throws AccessGrantError `seal` when the bytes were cut or changed, or were sealed under another key or for somebody
 *   else; `key`
 */
export function unsealEncryptionAccess(
  sealed: Uint8Array,
  form: { readonly key: Uint8Array; readonly associated_data: BytesLike },
): EncryptionAccess {
  const { key, associated_data } = form
  const checkedKey = withCheckedLength(key)
  if (sealed.length < sealOverhead) throw new AccessGrantError('seal', 'the sealed keys are cut short')
  try {
    const [nonce, body] = [sealed.subarray(0, nonceLength), sealed.subarray(nonceLength)]
    return parseEncryptionAccess(openAesGcm(checkedKey, nonce, body, bytesOf(associated_data)))
  } catch (cause) {
    throw new AccessGrantError('seal', 'the sealed keys do not open with this key', { cause })
  }
}

/**
 * An access grant that was issued without keys, with the keys that were sealed for it.
 *
 * @throws AccessGrantError `seal` `key`, and whatever `parseAccessGrant` refuses
 */
export function openAccessGrant(
  access_grant: string,
  sealed: Uint8Array,
  form: { readonly key: Uint8Array; readonly associated_data: BytesLike },
): string {
  const { satellite_address, api_key } = parseAccessGrant(access_grant)
  const encryption_access = unsealEncryptionAccess(sealed, form)
  return serializeAccessGrant(createAccessGrant({ satellite_address, api_key, encryption_access }))
}

function withCheckedLength(key: Uint8Array): Uint8Array {
  if (key.length === keyLength) return key
  throw new AccessGrantError('key', `the key of a seal is ${key.length} bytes long, expected 32`)
}
