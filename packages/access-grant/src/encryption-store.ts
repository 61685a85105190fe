import { type BytesLike, byteString, bytesOf, noBytes } from './bytes.ts'
import { Derivations } from './derivations.ts'
import { keyLength } from './derived-key.ts'
import { AccessGrantError } from './errors.ts'
import { type CipherSuite, cipherSuite, componentsOf } from './path-component.ts'

/** The key of one path in one bucket; empty paths mean the whole bucket. */
export interface StoreEntry {
  readonly bucket: Uint8Array
  readonly unencrypted_path: Uint8Array
  readonly encrypted_path: Uint8Array
  /** 32 bytes; belongs to the path, so the bucket is not mixed in again. */
  readonly key: Uint8Array
  readonly path_cipher: CipherSuite
}

/** The keys an access grant carries: one for everything, or some for single paths, or both. */
export interface EncryptionAccess {
  /** 32 bytes: the root key. Absent in an access grant that is limited to paths. */
  readonly default_key?: Uint8Array
  readonly default_path_cipher: CipherSuite
  readonly store_entries: readonly StoreEntry[]
}

/** Where a walk through a path begins: an entry, or the bucket's key below the default key. */
export interface EncryptionBase {
  /** Empty, like the encrypted one, when the walk begins at the bucket. */
  readonly unencrypted_path: Uint8Array
  readonly encrypted_path: Uint8Array
  readonly key: Uint8Array
  readonly path_cipher: CipherSuite
  /** True when the key comes from the default key and not from an entry. */
  readonly is_default: boolean
}

/** What the store knows about a path. */
export interface Lookup {
  /** The deepest key on the way; undefined when there is none. */
  readonly base: EncryptionBase | undefined
  /** The components below the base. */
  readonly remaining: readonly Uint8Array[]
  /** Names directly below the path that entries give away, though no key for the path itself does. */
  readonly revealed: readonly { readonly unencrypted: Uint8Array; readonly encrypted: Uint8Array }[]
}

interface Node {
  readonly unencrypted: Uint8Array
  readonly encrypted: Uint8Array
  readonly byUnencrypted: Map<string, Node>
  readonly byEncrypted: Map<string, Node>
  entry: StoreEntry | undefined
}

/**
 * An index over the keys of an encryption access, by plain and by encrypted path.
 *
 * One bucket is one tree in which each plain component belongs to exactly one encrypted component.
 *
 * @source storj/common encryption/store.go
 */
export class EncryptionStore {
  readonly default_path_cipher: CipherSuite
  /** What was derived below its keys of late. */
  readonly derivations: Derivations = new Derivations()
  readonly #defaultKey: Uint8Array | undefined
  readonly #bypass: boolean
  readonly #buckets = new Map<string, Node>()
  readonly #nodes = new Set<Node>()

  /**
   * @param options.bypass shows encrypted names in base64url instead of decrypting them
   * @throws AccessGrantError `key` `store_entry`
   */
  constructor(access: EncryptionAccess, options: { readonly bypass?: boolean } = {}) {
    const { default_key, default_path_cipher, store_entries } = access
    this.#bypass = options.bypass ?? false
    this.default_path_cipher = default_path_cipher
    this.#defaultKey = default_key && withCheckedLength(default_key)
    for (const entry of store_entries) this.add(entry)
  }

  /** Adds an entry, or replaces the one of the same path. A refused entry leaves no trace. */
  add(entry: StoreEntry): void {
    const { bucket, unencrypted_path, encrypted_path, key } = entry
    withCheckedLength(key)
    const plain = componentsOf(unencrypted_path)
    const encrypted = componentsOf(encrypted_path)
    if (plain.length !== encrypted.length) {
      throw new AccessGrantError(
        'store_entry',
        'plain and encrypted path have different numbers of components',
      )
    }
    const name = byteString(bucket)
    const root = this.#buckets.get(name) ?? newNode(noBytes, noBytes)
    checkConsistency(root, plain, encrypted)
    this.#buckets.set(name, root)
    const node = plain.reduce((parent, piece, i) => childOf(parent, piece, encrypted[i] ?? noBytes), root)
    node.entry = entry
    this.#nodes.add(node)
  }

  lookupUnencrypted(bucket: BytesLike, path: BytesLike): Lookup {
    return this.#lookup(bucket, path, 'byUnencrypted')
  }

  lookupEncrypted(bucket: BytesLike, path: BytesLike): Lookup {
    return this.#lookup(bucket, path, 'byEncrypted')
  }

  /** The keys as plain data again, entries in the order they were first added. */
  toAccess(): EncryptionAccess {
    return {
      ...(this.#defaultKey && { default_key: this.#defaultKey }),
      default_path_cipher: this.default_path_cipher,
      store_entries: Array.from(this.#nodes, ({ entry }) => entry).filter((entry) => entry !== undefined),
    }
  }

  #lookup(bucket: BytesLike, path: BytesLike, side: 'byUnencrypted' | 'byEncrypted'): Lookup {
    const bucketName = byteString(bytesOf(bucket))
    const components = componentsOf(bytesOf(path))
    let entry: StoreEntry | undefined
    let consumed = 0
    let revealed: Lookup['revealed'] = []
    let node = this.#buckets.get(bucketName)
    for (let depth = 0; node !== undefined; depth++) {
      if (node.entry !== undefined || entry === undefined) consumed = depth
      entry = node.entry ?? entry
      const component = components[depth]
      if (component === undefined) revealed = Array.from(node.byUnencrypted.values(), pairOf)
      node = component && node[side].get(byteString(component))
    }
    if (entry === undefined && this.#defaultKey !== undefined) {
      const base = this.#bucketBase(bucket, this.#defaultKey)
      return { base, remaining: components, revealed: [] }
    }
    return { base: entry && this.#entryBase(entry), remaining: components.slice(consumed), revealed }
  }

  #entryBase({ unencrypted_path, encrypted_path, key, path_cipher }: StoreEntry): EncryptionBase {
    return { unencrypted_path, encrypted_path, key, path_cipher: this.#seen(path_cipher), is_default: false }
  }

  /** Below the default key, and only there, the bucket name is the first level. */
  #bucketBase(bucket: BytesLike, defaultKey: Uint8Array): EncryptionBase {
    const key = this.derivations.childKey(defaultKey, bucket)
    const path_cipher = this.#seen(this.default_path_cipher)
    return { unencrypted_path: noBytes, encrypted_path: noBytes, key, path_cipher, is_default: true }
  }

  #seen(cipher: CipherSuite): CipherSuite {
    return this.#bypass ? cipherSuite.null_base64_url : cipher
  }
}

function withCheckedLength(key: Uint8Array): Uint8Array {
  if (key.length === keyLength) return key
  throw new AccessGrantError('key', `an encryption key is ${key.length} bytes long, expected 32`)
}

/** Along the path, a plain component must already belong to its encrypted one, or both must be new. */
function checkConsistency(root: Node, plain: readonly Uint8Array[], encrypted: readonly Uint8Array[]): void {
  let node: Node | undefined = root
  for (let i = 0; i < plain.length && node !== undefined; i++) {
    const byPlain: Node | undefined = node.byUnencrypted.get(byteString(plain[i] ?? noBytes))
    const byEncrypted: Node | undefined = node.byEncrypted.get(byteString(encrypted[i] ?? noBytes))
    if (byPlain !== byEncrypted) {
      throw new AccessGrantError('store_entry', 'an entry contradicts another: one name, two encryptions')
    }
    node = byPlain
  }
}

function childOf(parent: Node, plain: Uint8Array, encrypted: Uint8Array): Node {
  const known = parent.byUnencrypted.get(byteString(plain))
  if (known !== undefined) return known
  const child = newNode(plain, encrypted)
  parent.byUnencrypted.set(byteString(plain), child)
  parent.byEncrypted.set(byteString(encrypted), child)
  return child
}

function newNode(unencrypted: Uint8Array, encrypted: Uint8Array): Node {
  return { unencrypted, encrypted, byUnencrypted: new Map(), byEncrypted: new Map(), entry: undefined }
}

function pairOf({ unencrypted, encrypted }: Node): { unencrypted: Uint8Array; encrypted: Uint8Array } {
  return { unencrypted, encrypted }
}
