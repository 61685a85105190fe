import { type BytesLike, bytesOf, concatBytes } from './bytes.ts'
import type { Derivations } from './derivations.ts'
import type { EncryptionBase, EncryptionStore, Lookup } from './encryption-store.ts'
import { AccessGrantError } from './errors.ts'
import type { CipherSuite } from './path-component.ts'
import {
  componentsOf,
  couldEncryptComponent,
  encryptComponent,
  isKeyless,
  joinComponents,
} from './path-component.ts'

const slash = Uint8Array.of(0x2f)

/**
 * The encrypted form of an object's path. The empty path stays empty and needs no key.
 *
 * @source storj/common encryption/path.go
 * @throws AccessGrantError `missing_encryption_base` `cipher`
 */
export function encryptPath(store: EncryptionStore, bucket: BytesLike, path: BytesLike): Uint8Array {
  const plain = bytesOf(path)
  if (plain.length === 0) return plain
  const { base, remaining } = encryptionBase(store, bucket, plain)
  const pieces = isKeyless(base.path_cipher)
    ? remaining.map((component) => encryptComponent(component, base.path_cipher, base.key))
    : walk(store.derivations, base, remaining).map(({ encrypted }) => encrypted)
  return below(base.encrypted_path, pieces)
}

/** Like {@link encryptPath}, but a slash at the end stays a bare slash, as a prefix to list by wants it. */
export function encryptPrefix(store: EncryptionStore, bucket: BytesLike, prefix: BytesLike): Uint8Array {
  const plain = bytesOf(prefix)
  const stem = withoutTrailingSlash(plain)
  const encrypted = encryptPath(store, bucket, stem)
  return stem.length === plain.length ? encrypted : concatBytes([encrypted, slash])
}

/** The plain form of an encrypted path. @throws AccessGrantError `missing_decryption_base` `decryption` `cipher` */
export function decryptPath(store: EncryptionStore, bucket: BytesLike, path: BytesLike): Uint8Array {
  const encrypted = bytesOf(path)
  if (encrypted.length === 0) return encrypted
  const { base, remaining } = store.lookupEncrypted(bucket, encrypted)
  if (base === undefined) {
    throw new AccessGrantError('missing_decryption_base', 'no key opens this bucket and path')
  }
  const { derivations } = store
  const keyless = isKeyless(base.path_cipher)
  let key = base.key
  const pieces: Uint8Array[] = []
  for (const component of remaining) {
    if (pieces.length > 0 && !keyless) key = derivations.childKey(key, pieces.at(-1) ?? '')
    pieces.push(derivations.decrypt(component, base.path_cipher, key))
  }
  return below(base.unencrypted_path, pieces)
}

/**
 * True for what AES-GCM could make of this path under some key: as many components, each as long as its name and the
 * seal around it. Without the key that is all there is to see.
 */
export function couldEncrypt(encrypted: Uint8Array, path: BytesLike): boolean {
  const plain = componentsOf(bytesOf(path))
  const pieces = componentsOf(encrypted)
  return (
    pieces.length === plain.length &&
    plain.every((name, i) => couldEncryptComponent(pieces[i] ?? slash, name))
  )
}

/** The key of a path, a copy; of the bucket when the path is empty. @throws AccessGrantError `missing_encryption_base` */
export function pathKey(store: EncryptionStore, bucket: BytesLike, path: BytesLike): Uint8Array {
  const { base, remaining } = encryptionBase(store, bucket, bytesOf(path))
  return remaining.reduce((key, component) => store.derivations.childKey(key, component), base.key).slice()
}

/** A path in its three forms. */
export interface PathInfo {
  readonly unencrypted: Uint8Array
  readonly encrypted: Uint8Array
  readonly key: Uint8Array
}

/** What it takes to list by a prefix: items and cursors are encrypted relative to the parent. */
export interface PrefixInfo {
  readonly path_cipher: CipherSuite
  readonly path: PathInfo
  /** Everything but the last component, which is empty when the prefix ends in a slash. */
  readonly parent: PathInfo
}

/** @throws AccessGrantError `missing_encryption_base`, also for exactly the path of a store entry */
export function prefixInfo(store: EncryptionStore, bucket: BytesLike, prefix: BytesLike): PrefixInfo {
  const plain = bytesOf(prefix)
  const { base, remaining } = encryptionBase(store, bucket, plain)
  if (plain.length > 0 && remaining.length === 0) {
    throw new AccessGrantError('missing_encryption_base', 'the keys begin at this path: no parent')
  }
  const steps = walk(store.derivations, base, remaining)
  const info = (depth: number): PathInfo => ({
    unencrypted: below(base.unencrypted_path, remaining.slice(0, depth)),
    encrypted: below(
      base.encrypted_path,
      steps.slice(0, depth).map(({ encrypted }) => encrypted),
    ),
    key: (steps[depth - 1]?.key ?? base.key).slice(),
  })
  return {
    path_cipher: base.path_cipher,
    path: info(remaining.length),
    parent: info(Math.max(0, remaining.length - 1)),
  }
}

/** Without one slash at the end, if there is one. */
export function withoutTrailingSlash(path: Uint8Array): Uint8Array {
  return path.at(-1) === slash[0] ? path.subarray(0, -1) : path
}

function encryptionBase(
  store: EncryptionStore,
  bucket: BytesLike,
  path: Uint8Array,
): { base: EncryptionBase; remaining: Lookup['remaining'] } {
  const { base, remaining } = store.lookupUnencrypted(bucket, path)
  if (base === undefined) {
    throw new AccessGrantError('missing_encryption_base', 'no key covers this bucket and path')
  }
  return { base, remaining }
}

/** Each component encrypted, and the key below it. */
function walk(
  derivations: Derivations,
  base: EncryptionBase,
  components: readonly Uint8Array[],
): readonly { readonly encrypted: Uint8Array; readonly key: Uint8Array }[] {
  let key = base.key
  return components.map((component) => {
    const encrypted = derivations.encrypt(component, base.path_cipher, key)
    key = derivations.childKey(key, component)
    return { encrypted, key }
  })
}

function below(base: Uint8Array, pieces: readonly Uint8Array[]): Uint8Array {
  return joinComponents(base.length > 0 ? [base, ...pieces] : pieces)
}
