import fc from 'fast-check'

/** The value of one protobuf field, before it is known under which number it is written. */
export interface Value {
  wire_type: number
  bytes: Uint8Array
}

/**
 * Protobuf messages a careful encoder would never write: fields in any order, repeated, under another field's
 * number, unknown, with padded varints, cut short. Decoders must agree on these too: a caveat that one side
 * reads and the other refuses is a key that means two things. The fields in `always` are written, whatever else
 * is; without them nearly every message would lack something.
 */
export function noisyMessage(
  fields: Record<number, fc.Arbitrary<Value>>,
  always: Record<number, fc.Arbitrary<Value>> = {},
): fc.Arbitrary<Uint8Array> {
  const numbers = Object.keys(fields).map(Number)
  const written = (all: typeof fields) =>
    Object.entries(all).map(([n, value]) => value.map(numbered(Number(n))))
  const field = fc.oneof(
    { weight: 16, arbitrary: fc.oneof(...written(fields)) },
    {
      weight: 1,
      arbitrary: fc.tuple(fc.constantFrom(...numbers), anyValue).map(([n, value]) => numbered(n)(value)),
    },
    { weight: 1, arbitrary: strangeField },
  )
  const message = fc
    .tuple(fc.tuple(...written(always)), noisyAfter(field, Object.keys(always).length), fc.boolean())
    .map(([first, noise, swapped]) => concat(...(swapped ? [...noise, ...first] : [...first, ...noise])))
  return fc.oneof(
    { weight: 30, arbitrary: message },
    { weight: 1, arbitrary: fc.tuple(message, fc.nat(20)).map(([bytes, end]) => bytes.subarray(0, end)) },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 12 }) },
  )
}

/** Many fields where nothing else is written, few and often none after a complete message. */
function noisyAfter(field: fc.Arbitrary<Uint8Array>, complete: number): fc.Arbitrary<Uint8Array[]> {
  if (complete === 0) return fc.array(field, { maxLength: 6 })
  return fc.oneof(fc.constant<Uint8Array[]>([]), fc.array(field, { maxLength: 2 }))
}

const numbered =
  (number: number) =>
  ({ wire_type, bytes }: Value): Uint8Array =>
    concat(varint((BigInt(number) << 3n) | BigInt(wire_type)), bytes)

/** LEB128, negative numbers as 64-bit two's complement, longer than it needs to be by `padding` bytes. */
export function varint(value: bigint, padding = 0): Uint8Array {
  const septets: bigint[] = []
  for (let rest = BigInt.asUintN(64, value); rest > 0n || septets.length === 0; rest >>= 7n)
    septets.push(rest & 0x7fn)
  septets.push(...Array<bigint>(padding).fill(0n))
  return Uint8Array.from(septets, (septet, i) => Number(septet) | (i === septets.length - 1 ? 0 : 0x80))
}

export function concat(...parts: Uint8Array[]): Uint8Array {
  return Uint8Array.from(Buffer.concat(parts))
}

export const padding: fc.Arbitrary<number> = fc.oneof(
  { weight: 9, arbitrary: fc.constant(0) },
  { weight: 1, arbitrary: fc.nat(10) },
)

export function varintValue(value: fc.Arbitrary<bigint>): fc.Arbitrary<Value> {
  return fc.tuple(value, padding).map(([number, longer]) => ({ wire_type: 0, bytes: varint(number, longer) }))
}

export function bytesValue(value: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Value> {
  return fc.tuple(value, padding).map(([bytes, longer]) => ({
    wire_type: 2,
    bytes: concat(varint(BigInt(bytes.length), longer), bytes),
  }))
}

/** Zero and one, and now and then another number, which is not true either. */
export const boolValue: fc.Arbitrary<Value> = varintValue(
  fc.oneof(
    { weight: 9, arbitrary: fc.bigInt(0n, 1n) },
    { weight: 1, arbitrary: fc.bigInt(2n, 2n ** 64n - 1n) },
  ),
)

const fixedValue = (wire_type: number, length: number): fc.Arbitrary<Value> =>
  fc.uint8Array({ minLength: length, maxLength: length }).map((bytes) => ({ wire_type, bytes }))

const anyValue = fc.oneof(
  varintValue(fc.bigInt(0n, 2n ** 64n - 1n)),
  bytesValue(fc.uint8Array({ maxLength: 6 })),
  fixedValue(1, 8),
  fixedValue(5, 4),
)

const unknownNumber = fc.oneof(
  fc.constantFrom(16, 19, 23, 29, 31, 100, 2 ** 29 - 1),
  fc.constantFrom(0, 2 ** 29, 2 ** 31 - 1, 2 ** 31, 2 ** 32),
)

/** A field nobody knows, a group with its markers paired or not, a wire type that does not exist. */
const strangeField: fc.Arbitrary<Uint8Array> = fc.oneof(
  fc.tuple(unknownNumber, anyValue).map(([number, value]) => numbered(number)(value)),
  fc
    .tuple(fc.constantFrom(17, 40), fc.constantFrom(17, 40), fc.integer({ min: 1, max: 40 }), anyValue)
    .map(([start, end, inside, value]) => concat(marker(start, 3), numbered(inside)(value), marker(end, 4))),
  fc.constantFrom(3, 4, 6, 7).map((wire_type) => marker(17, wire_type)),
)

function marker(number: number, wire_type: number): Uint8Array {
  return numbered(number)({ wire_type, bytes: new Uint8Array() })
}

/** One accident to some bytes. The position is taken modulo their length. */
export interface Garbling {
  kind: 'flip' | 'insert' | 'remove' | 'cut'
  at: number
  byte: number
}

export const garbling: fc.Arbitrary<Garbling> = fc.record({
  kind: fc.constantFrom('flip', 'insert', 'remove', 'cut'),
  at: fc.nat(),
  byte: fc.nat(255),
})

export function garbled(bytes: Uint8Array, { kind, at, byte }: Garbling): Uint8Array {
  const place = at % (bytes.length + 1)
  const [before, after] = [bytes.subarray(0, place), bytes.subarray(place)]
  if (kind === 'cut') return before
  if (kind === 'insert') return concat(before, Uint8Array.of(byte), after)
  if (kind === 'remove') return concat(before, after.subarray(1))
  return concat(
    before,
    after.subarray(0, 1).map((one) => one ^ (1 << (byte % 8))),
    after.subarray(1),
  )
}
