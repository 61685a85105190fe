/** Writes varints and bytes one after another; what {@link ByteReader} reads. */
export class ByteWriter {
  #bytes: Uint8Array = new Uint8Array(256)
  #length = 0

  /** A number of 64 bits, as two unsigned halves. */
  varint(low: number, high = 0): void {
    this.#reserve(10)
    let rest = low
    let above = high
    while (above > 0 || rest > 0x7f) {
      this.#bytes[this.#length++] = (rest & 0x7f) | 0x80
      rest = ((rest >>> 7) | (above << 25)) >>> 0
      above >>>= 7
    }
    this.#bytes[this.#length++] = rest
  }

  lengthPrefixed(content: Uint8Array): void {
    this.varint(content.length)
    this.#reserve(content.length)
    this.#bytes.set(content, this.#length)
    this.#length += content.length
  }

  /** The same for what `write` writes here: it is taken back, and put behind its length. */
  lengthPrefixedBy(write: () => void): void {
    const begin = this.#length
    write()
    const content = this.#bytes.slice(begin, this.#length)
    this.#length = begin
    this.lengthPrefixed(content)
  }

  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#length)
  }

  #reserve(more: number): void {
    if (this.#length + more <= this.#bytes.length) return
    const grown = new Uint8Array(2 * (this.#length + more))
    grown.set(this.#bytes)
    this.#bytes = grown
  }
}
