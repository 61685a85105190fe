import { ByteReader } from './byte-reader.ts'
import { ByteWriter } from './byte-writer.ts'

// Proto3 wire format with the rules of storj/picobuf, which differ from stock protobuf where it
// matters: a known field with another wire type is an error, a bool is true only when it is 1, and a
// field number from 2^29 up ends the message in silence. Stock libraries could therefore decide an
// authorization differently.

const wire = { varint: 0, fixed64: 1, bytes: 2, groupStart: 3, groupEnd: 4, fixed32: 5 } as const
const firstInvalidField = 2 ** 29
const lastField = 2 ** 31 - 1
const maxGroupDepth = 10_001

/**
 * Walks the fields of one message: `next()` tells the number, then exactly one of `bool`, `int32`,
 * `int64`, `bytes`, `message` or `skip` takes the value.
 *
 * @source storj/picobuf decoder.go
 */
export class MessageReader {
  readonly #reader: ByteReader
  #field = 0
  #wire = 0

  constructor(bytes: Uint8Array) {
    this.#reader = new ByteReader(bytes, 'protobuf')
  }

  /** The number of the next field, or 0 when the message ends. */
  next(): number {
    if (this.#reader.done) return 0
    this.#tag()
    return this.#field < firstInvalidField ? this.#field : 0
  }

  bool(): boolean {
    this.#varint()
    return this.#reader.low === 1 && this.#reader.high === 0
  }

  /** The low 32 bits, signed. */
  int32(): number {
    this.#varint()
    return this.#reader.low | 0
  }

  int64(): bigint {
    this.#varint()
    return (BigInt(this.#reader.high | 0) << 32n) | BigInt(this.#reader.low)
  }

  /** A copy, so that what is parsed does not change with the input. */
  bytes(): Uint8Array {
    return this.#view().slice()
  }

  message(): MessageReader {
    return new MessageReader(this.#view())
  }

  /** Passes over a field nobody knows. */
  skip(): void {
    const open: number[] = []
    do {
      if (this.#wire === wire.groupStart) open.push(this.#field)
      else if (this.#wire !== wire.groupEnd) this.#skipValue()
      else if (open.pop() !== this.#field) throw this.#reader.refuse('a group ends that was not begun')
      if (open.length > maxGroupDepth) throw this.#reader.refuse('groups are nested too deep')
      if (open.length > 0) this.#tag()
    } while (open.length > 0)
  }

  #skipValue(): void {
    if (this.#wire === wire.varint) this.#reader.varint()
    else if (this.#wire === wire.bytes) this.#reader.lengthPrefixed()
    else if (this.#wire === wire.fixed32) this.#reader.take(4)
    else if (this.#wire === wire.fixed64) this.#reader.take(8)
    else throw this.#reader.refuse(`field ${this.#field} has the reserved wire type ${this.#wire}`)
  }

  #tag(): void {
    this.#reader.varint()
    const { low, high } = this.#reader
    this.#field = high * 2 ** 29 + (low >>> 3)
    this.#wire = low & 7
    if (this.#field < 1 || this.#field > lastField) throw this.#reader.refuse('no such field number')
  }

  #varint(): void {
    if (this.#wire !== wire.varint) throw this.#reader.refuse(`field ${this.#field} is not a number`)
    this.#reader.varint()
  }

  #view(): Uint8Array {
    if (this.#wire !== wire.bytes) throw this.#reader.refuse(`field ${this.#field} is not length-delimited`)
    return this.#reader.lengthPrefixed()
  }
}

/**
 * Writes fields in the order of the calls, which callers keep ascending. Zero numbers, false and empty
 * bytes are left out; a message is always written, even when empty.
 *
 * @source storj/picobuf encoder.go
 */
export class MessageWriter {
  readonly #writer = new ByteWriter()

  bool(field: number, value: boolean): void {
    if (value) this.#scalar(field, 1, 0)
  }

  /** Negative numbers are sign-extended to 64 bits, ten bytes. */
  int32(field: number, value: number): void {
    if (value !== 0) this.#scalar(field, value >>> 0, value < 0 ? 0xffffffff : 0)
  }

  int64(field: number, value: bigint): void {
    if (value === 0n) return
    this.#scalar(field, Number(BigInt.asUintN(32, value)), Number(BigInt.asUintN(32, value >> 32n)))
  }

  bytes(field: number, value: Uint8Array): void {
    if (value.length === 0) return
    this.#writer.varint(field * 8 + wire.bytes)
    this.#writer.lengthPrefixed(value)
  }

  /** The message of whatever fields `write` writes here. */
  message(field: number, write: () => void): void {
    this.#writer.varint(field * 8 + wire.bytes)
    this.#writer.lengthPrefixedBy(write)
  }

  finish(): Uint8Array {
    return this.#writer.finish()
  }

  #scalar(field: number, low: number, high: number): void {
    this.#writer.varint(field * 8 + wire.varint)
    this.#writer.varint(low, high)
  }
}
