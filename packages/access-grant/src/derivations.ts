import { type BytesLike, byteString, bytesOf } from './bytes.ts'
import { childKey } from './derived-key.ts'
import { type CipherSuite, decryptComponent, encryptComponent, isKeyless } from './path-component.ts'

/** A store may live long and see many paths: then it begins anew now and then. */
const maxRemembered = 1024

/** What is known below one key. */
interface Level {
  readonly keys: Map<string, Uint8Array>
  readonly names: Map<string, Uint8Array>
}

/**
 * Keys and names that were just worked out, so that paths with a common beginning, and a path that is encrypted and then
 * found again, cost each step once. Says exactly what {@link childKey}, {@link encryptComponent} and
 * {@link decryptComponent} say.
 */
export class Derivations {
  readonly #levels = new Map<Uint8Array, Level>()
  #remembered = 0

  childKey(parent: Uint8Array, component: BytesLike): Uint8Array {
    const { keys } = this.#below(parent)
    const name = byteString(bytesOf(component))
    return keys.get(name) ?? this.#remember(keys, name, childKey(parent, component))
  }

  encrypt(component: Uint8Array, cipher: CipherSuite, parent: Uint8Array): Uint8Array {
    if (isKeyless(cipher)) return encryptComponent(component, cipher, parent)
    const encrypted = encryptComponent(component, cipher, parent, this.childKey(parent, component))
    this.#remember(this.#below(parent).names, nameOf(encrypted, cipher), component)
    return encrypted
  }

  decrypt(encrypted: Uint8Array, cipher: CipherSuite, parent: Uint8Array): Uint8Array {
    const known = this.#below(parent).names.get(nameOf(encrypted, cipher))
    return known ?? decryptComponent(encrypted, cipher, parent)
  }

  /** By the key's identity: a derived key is the same object each time. */
  #below(parent: Uint8Array): Level {
    const known = this.#levels.get(parent)
    if (known !== undefined) return known
    const level = { keys: new Map(), names: new Map() }
    this.#levels.set(parent, level)
    return level
  }

  #remember(level: Map<string, Uint8Array>, name: string, value: Uint8Array): Uint8Array {
    if (++this.#remembered > maxRemembered) {
      this.#levels.clear()
      this.#remembered = 0
    }
    level.set(name, value)
    return value
  }
}

const nameOf = (encrypted: Uint8Array, cipher: CipherSuite): string => `${cipher}:${byteString(encrypted)}`
