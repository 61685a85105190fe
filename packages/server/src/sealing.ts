import { createCipheriv, createDecipheriv, createHash, createHmac, hkdfSync } from 'node:crypto'
import type { Random } from './deps.ts'

/** What a sealed secret is for. Each purpose has its own key. */
export type SealPurpose = 'client-secret' | 'api-key'

/** What a tag stands for. Each purpose has its own key here, too. */
export type TagPurpose = 'consent-form' | 'refresh-token' | 'user-code'

/**
 * Keeps secrets that must be read again. A sealed text belongs to one row: moved to another, it does not open.
 *
 * Form: `v1.<key id>.<base64url of nonce (12) ‖ ciphertext ‖ tag (16)>`.
 */
export interface Sealer {
  seal(purpose: SealPurpose, row_id: string, plain: Uint8Array): string
  /** @throws SealBroken */
  open(purpose: SealPurpose, row_id: string, sealed: string): Buffer
  /** HMAC-SHA256 over the parts, 32 bytes: nobody makes it without the master key. */
  tag(purpose: TagPurpose, parts: readonly string[]): Buffer
  /** 8 hex digits of a hash of the master key: names it without revealing it. */
  readonly key_id: string
  /** Random bytes as long as a client secret, that cost as much to open as a real one and belong to nobody. */
  openDecoy(): Buffer
}

/** A sealed text that was changed, cut, moved to another row, or sealed under another master key. */
export class SealBroken extends Error {
  override readonly name = 'SealBroken'
}

const version = 'v1'
const nonceBytes = 12
const tagBytes = 16
const decoyRow = 'decoy'
const decoyBytes = 53

/** AES-256-GCM under a key per purpose, derived from the 32-byte master key. @source RFC 5869 (HKDF-SHA256) */
export function createSealer(masterKey: Uint8Array, random: Random): Sealer {
  if (masterKey.length !== 32) throw new RangeError('a master key has 32 bytes')
  const key_id = createHash('sha256')
    .update('valetkey master key id')
    .update(masterKey)
    .digest('hex')
    .slice(0, 8)
  const derive = (purpose: SealPurpose | TagPurpose): Buffer =>
    Buffer.from(hkdfSync('sha256', masterKey, '', `valetkey ${version} ${purpose}`, 32))
  const keys: Record<SealPurpose | TagPurpose, Buffer> = {
    'client-secret': derive('client-secret'),
    'api-key': derive('api-key'),
    'consent-form': derive('consent-form'),
    'refresh-token': derive('refresh-token'),
    'user-code': derive('user-code'),
  }
  const associated = (purpose: SealPurpose, row_id: string): Buffer =>
    Buffer.from(`${version}\0${key_id}\0${purpose}\0${row_id}`)

  const sealer: Omit<Sealer, 'openDecoy'> = {
    key_id,
    tag: (purpose, parts) => createHmac('sha256', keys[purpose]).update(JSON.stringify(parts)).digest(),
    seal(purpose, row_id, plain) {
      const nonce = random(nonceBytes)
      const cipher = createCipheriv('aes-256-gcm', keys[purpose], nonce, { authTagLength: tagBytes })
      cipher.setAAD(associated(purpose, row_id))
      const body = Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()])
      return `${version}.${key_id}.${body.toString('base64url')}`
    },
    open(purpose, row_id, sealed) {
      const [form, key, text, ...more] = sealed.split('.')
      if (form !== version || text === undefined || more.length > 0) throw new SealBroken('not a sealed text')
      if (key !== key_id) throw new SealBroken(`sealed under master key ${key}, this server has ${key_id}`)
      const body = Buffer.from(text, 'base64url')
      if (body.length < nonceBytes + tagBytes) throw new SealBroken('the sealed text is cut short')
      const decipher = createDecipheriv('aes-256-gcm', keys[purpose], body.subarray(0, nonceBytes), {
        authTagLength: tagBytes,
      })
      decipher.setAAD(associated(purpose, row_id))
      decipher.setAuthTag(body.subarray(-tagBytes))
      try {
        return Buffer.concat([decipher.update(body.subarray(nonceBytes, -tagBytes)), decipher.final()])
      } catch (cause) {
        throw new SealBroken('the sealed text was changed or belongs to another row', { cause })
      }
    },
  }
  const decoy = sealer.seal('client-secret', decoyRow, random(decoyBytes))
  return { ...sealer, openDecoy: () => sealer.open('client-secret', decoyRow, decoy) }
}
