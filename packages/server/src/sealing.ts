import { createCipheriv, createDecipheriv, createHash, createHmac, hkdfSync } from 'node:crypto'
import type { Random } from './deps.ts'
import type { SealPurpose } from './domain/sealed-text.ts'

/** What a tag stands for. Each purpose has its own key. */
export type TagPurpose = 'consent-form' | 'refresh-token' | 'user-code'

/**
 * Keeps secrets that must be read again. A sealed text belongs to one row: moved to another, it does not open.
 *
 * Form: `v1.<key id>.<base64url of nonce (12) ‖ ciphertext ‖ tag (16)>`. While the master key is replaced there are
 * several; only the current one seals.
 */
export interface Sealer {
  seal(purpose: SealPurpose, row_id: string, plain: Uint8Array): string
  /** Under whichever of its keys the text names; not to be changed: the same bytes may be handed out again. @throws SealBroken */
  open(purpose: SealPurpose, row_id: string, sealed: string): Buffer
  /** HMAC-SHA256 over the parts, 32 bytes: nobody makes it without the master key. */
  tag(purpose: TagPurpose, parts: readonly string[]): Buffer
  /** The same under each key, the current one first: to recognise a tag that was made before the key was replaced, or by a server that has replaced it already. */
  tags(purpose: TagPurpose, parts: readonly string[]): readonly Buffer[]
  /** 8 hex digits of a hash of the current master key: names it without revealing it. */
  readonly key_id: string
  /** Of all keys that open something, the current one first. */
  readonly key_ids: readonly string[]
  /** Random bytes as long as a client secret, that cost as much to open as a real one and belong to nobody. */
  openDecoy(): Buffer
}

/** 32 bytes each. */
export interface KeyRing {
  readonly current: Uint8Array
  readonly previous: readonly Uint8Array[]
}

export interface SealerOptions {
  /** Further keys that open, and seal nothing. */
  readonly previous?: readonly Uint8Array[]
  /** The keys, when they have changed since the last time; `urgent` when it must not be known from a moment ago. */
  readonly renewed?: ((urgent: boolean) => KeyRing | undefined) | undefined
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
/** Client secrets that are kept open. */
const maxRemembered = 10_000

/** AES-256-GCM under a key per purpose, derived from the 32-byte master key. @source RFC 5869 (HKDF-SHA256) */
export function createSealer(
  masterKey: Uint8Array,
  random: Random,
  { previous = [], renewed }: SealerOptions = {},
): Sealer {
  let keys = keysOf({ current: masterKey, previous })
  let decoy = decoyUnder(keys[0], random)
  const renew = (urgent: boolean): void => {
    const ring = renewed?.(urgent)
    if (ring === undefined) return
    keys = keysOf(ring)
    decoy = decoyUnder(keys[0], random)
  }
  const namedIn = (sealed: string): Key | undefined => {
    const [form, key_id, text, ...more] = sealed.split('.')
    if (form !== version || text === undefined || more.length > 0) throw new SealBroken('not a sealed text')
    return keys.find((key) => key.key_id === key_id)
  }

  const open = (purpose: SealPurpose, row_id: string, sealed: string): Buffer => {
    let key = namedIn(sealed)
    if (key === undefined) {
      renew(true)
      key = namedIn(sealed)
    }
    if (key === undefined) {
      const [, strange] = sealed.split('.')
      const ours = keys.map(({ key_id }) => key_id).join(' and ')
      throw new SealBroken(`sealed under master key ${strange}, this server has ${ours}`)
    }
    return openUnder(key, purpose, row_id, sealed)
  }
  const remembered = new Map<string, Buffer>()
  /** Client secrets come with every request of their clients. The decoy is remembered alike, so that it costs the same. */
  const openOnce = (row_id: string, sealed: string, how: () => Buffer): Buffer => {
    const name = `${row_id}.${sealed}`
    const known = remembered.get(name)
    if (known !== undefined) return known
    const plain = how()
    if (remembered.size >= maxRemembered) remembered.clear()
    remembered.set(name, plain)
    return plain
  }

  return {
    get key_id() {
      return keys[0].key_id
    },
    get key_ids() {
      return keys.map(({ key_id }) => key_id)
    },
    tag: (purpose, parts) => {
      renew(false)
      return tagUnder(keys[0], purpose, parts)
    },
    tags: (purpose, parts) => {
      renew(true)
      return keys.map((key) => tagUnder(key, purpose, parts))
    },
    seal(purpose, row_id, plain) {
      renew(false)
      return sealUnder(keys[0], purpose, row_id, plain, random)
    },
    open: (purpose, row_id, sealed) =>
      purpose === 'client-secret'
        ? openOnce(row_id, sealed, () => open(purpose, row_id, sealed))
        : open(purpose, row_id, sealed),
    openDecoy: () =>
      openOnce(decoyRow, decoy.sealed, () => openUnder(decoy.key, 'client-secret', decoyRow, decoy.sealed)),
  }
}

interface Key {
  readonly key_id: string
  readonly of: Readonly<Record<SealPurpose | TagPurpose, Buffer>>
}

/** The current one, then the others; one that is named twice is there once. */
function keysOf({ current, previous }: KeyRing): readonly [Key, ...Key[]] {
  const first = keyOf(current)
  const others = new Map(previous.map(keyOf).map((key) => [key.key_id, key]))
  others.delete(first.key_id)
  return [first, ...others.values()]
}

/** Names a master key without revealing it: 8 hex digits. */
export const keyIdOf = (masterKey: Uint8Array): string =>
  createHash('sha256').update('valetkey master key id').update(masterKey).digest('hex').slice(0, 8)

function keyOf(masterKey: Uint8Array): Key {
  if (masterKey.length !== 32) throw new RangeError('a master key has 32 bytes')
  const derive = (purpose: SealPurpose | TagPurpose): Buffer =>
    Buffer.from(hkdfSync('sha256', masterKey, '', `valetkey ${version} ${purpose}`, 32))
  const of = {
    'client-secret': derive('client-secret'),
    'api-key': derive('api-key'),
    'webhook-secret': derive('webhook-secret'),
    'consent-form': derive('consent-form'),
    'refresh-token': derive('refresh-token'),
    'user-code': derive('user-code'),
  }
  return { key_id: keyIdOf(masterKey), of }
}

function tagUnder({ of }: Key, purpose: TagPurpose, parts: readonly string[]): Buffer {
  return createHmac('sha256', of[purpose]).update(JSON.stringify(parts)).digest()
}

function sealUnder(
  { key_id, of }: Key,
  purpose: SealPurpose,
  row_id: string,
  plain: Uint8Array,
  random: Random,
): string {
  const nonce = random(nonceBytes)
  const cipher = createCipheriv('aes-256-gcm', of[purpose], nonce, { authTagLength: tagBytes })
  cipher.setAAD(associated(key_id, purpose, row_id))
  const body = Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()])
  return `${version}.${key_id}.${body.toString('base64url')}`
}

function openUnder({ key_id, of }: Key, purpose: SealPurpose, row_id: string, sealed: string): Buffer {
  const body = Buffer.from(sealed.slice(`${version}.${key_id}.`.length), 'base64url')
  if (body.length < nonceBytes + tagBytes) throw new SealBroken('the sealed text is cut short')
  const nonce = body.subarray(0, nonceBytes)
  const decipher = createDecipheriv('aes-256-gcm', of[purpose], nonce, { authTagLength: tagBytes })
  decipher.setAAD(associated(key_id, purpose, row_id))
  decipher.setAuthTag(body.subarray(-tagBytes))
  try {
    return Buffer.concat([decipher.update(body.subarray(nonceBytes, -tagBytes)), decipher.final()])
  } catch (cause) {
    throw new SealBroken('the sealed text was changed or belongs to another row', { cause })
  }
}

const associated = (key_id: string, purpose: SealPurpose, row_id: string): Buffer =>
  Buffer.from(`${version}\0${key_id}\0${purpose}\0${row_id}`)

function decoyUnder(key: Key, random: Random): { readonly key: Key; readonly sealed: string } {
  return { key, sealed: sealUnder(key, 'client-secret', decoyRow, random(decoyBytes), random) }
}
