import { AccessGrantError, type AccessGrantErrorCode } from './errors.ts'

/**
 * Reads varints and slices from bytes, front to back, and refuses with one error code.
 *
 * A varint may hold 64 bits. It is left as two unsigned halves, so that tags and lengths, which are
 * nearly all there is, never become bigints.
 */
export class ByteReader {
  low = 0
  high = 0
  readonly #bytes: Uint8Array
  readonly #code: AccessGrantErrorCode
  #offset = 0

  constructor(bytes: Uint8Array, code: AccessGrantErrorCode) {
    this.#bytes = bytes
    this.#code = code
  }

  get done(): boolean {
    return this.#offset >= this.#bytes.length
  }

  /** Reads a varint of at most 10 bytes into `low` and `high`. Need not be minimal. */
  varint(): void {
    let low = 0
    let high = 0
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = this.#bytes[this.#offset++]
      if (byte === undefined) throw this.refuse('a number is cut short')
      const bits = byte & 0x7f
      if (shift <= 28) low |= bits << shift
      if (shift === 28) high = bits >>> 4
      if (shift > 28) high |= bits << (shift - 32)
      if (byte < 0x80) {
        if (shift === 63 && byte > 1) break
        this.low = low >>> 0
        this.high = high >>> 0
        return
      }
    }
    throw this.refuse('a number does not fit in 64 bits')
  }

  /** A view of the next bytes, as long as the varint before them says. */
  lengthPrefixed(): Uint8Array {
    this.varint()
    if (this.high !== 0) throw this.refuse('a length reaches past the end')
    return this.take(this.low)
  }

  /** A view of the next `length` bytes. */
  take(length: number): Uint8Array {
    const end = this.#offset + length
    if (end > this.#bytes.length) throw this.refuse('a length reaches past the end')
    const view = this.#bytes.subarray(this.#offset, end)
    this.#offset = end
    return view
  }

  refuse(message: string): AccessGrantError {
    return new AccessGrantError(this.#code, message)
  }
}
