import { hexToBytes } from '@noble/hashes/utils.js'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { MessageReader, MessageWriter } from './protobuf.ts'
import { codeOf, hex } from './testing/vector.ts'

/** Reads field 1 as asked, skips the others, and tells the last value. */
function read<T>(bytesHex: string, take: (reader: MessageReader) => T): T | undefined {
  const reader = new MessageReader(hexToBytes(bytesHex))
  let value: T | undefined
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) value = take(reader)
    else reader.skip()
  }
  return value
}

const bool = (reader: MessageReader) => reader.bool()
const int32 = (reader: MessageReader) => reader.int32()
const int64 = (reader: MessageReader) => reader.int64()
const bytes = (reader: MessageReader) => hex(reader.bytes())

test.each([
  ['0801', true],
  ['0800', false],
  ['0802', false],
  ['088100', true],
  ['0881808080808080808001', false],
  ['08010800', false],
])('the bool in %s is %s: only 1 is true, and the last one counts', (bytesHex, expected) => {
  expect(read(bytesHex, bool)).toBe(expected)
})

test('int32 takes the low 32 bits and int64 all 64, both signed', () => {
  expect(read('08ffffffffffffffffff01', int32)).toBe(-1)
  expect(read('0880808080808001', int32)).toBe(0)
  expect(read('08ffffffffffffffffff01', int64)).toBe(-1n)
  expect(read('08ffffffffffffffff7f', int64)).toBe(2n ** 63n - 1n)
})

test.each([
  ['a length that reaches past the end', '0a0261'],
  ['a length beyond 32 bits', '0a808080808001'],
  ['a number cut short', '0a80'],
  ['a number of eleven bytes', '108080808080808080808001'],
  ['a number beyond 64 bits', '1080808080808080808002'],
  ['field number 0', '0001'],
  ['a field number beyond 31 bits', '808080804001'],
  ['reserved wire type 6', '16'],
  ['reserved wire type 7', '17'],
  ['a group that only ends', '14'],
  ['a group that ends with another number', '131c'],
  ['a group that never ends', '13'],
  ['a known field with another wire type', '0801'],
])('%s is refused', (_, bytesHex) => {
  expect(read('0a0161', bytes)).toBe('61')
  expect(codeOf(() => read(bytesHex, bytes))).toBe('protobuf')
})

test.each([
  ['a varint', '1001'],
  ['eight bytes', '110102030405060708'],
  ['four bytes', '1501020304'],
  ['bytes', '120161'],
  ['an empty group', '1314'],
  ['groups within groups', '131b0d000000001c14'],
])('an unknown field that holds %s is passed over', (_, unknown) => {
  expect(read(`${unknown}0a0162`, bytes)).toBe('62')
})

test('a field number from 2^29 up ends the message in silence, even before nonsense', () => {
  expect(read('0a0161' + '8080808010' + 'ffff', bytes)).toBe('61')
  expect(read('0a0161' + 'f8ffffff3f' + 'ffff', bytes)).toBe('61')
})

test('groups may nest ten thousand deep and no deeper, without a stack overflow', () => {
  const nested = (depth: number) => '13'.repeat(depth) + '14'.repeat(depth)
  expect(read(`${nested(10_001)}0a0162`, bytes)).toBe('62')
  expect(codeOf(() => read(nested(10_002), bytes))).toBe('protobuf')
})

const written = (write: (writer: MessageWriter) => void): Uint8Array => {
  const writer = new MessageWriter()
  write(writer)
  return writer.finish()
}

test('what is written is read back', () => {
  const values = fc.record({
    flag: fc.boolean(),
    small: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
    large: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    data: fc.uint8Array({ maxLength: 600 }),
  })
  fc.assert(
    fc.property(values, (value) => {
      const writer = new MessageWriter()
      writer.bool(1, value.flag)
      writer.int32(2, value.small)
      writer.int64(3, value.large)
      writer.bytes(4, value.data)
      writer.message(5, () => writer.bytes(4, value.data))
      const reader = new MessageReader(writer.finish())
      const seen = { flag: false, small: 0, large: 0n, data: new Uint8Array() as Uint8Array }
      for (let field = reader.next(); field !== 0; field = reader.next()) {
        if (field === 1) seen.flag = reader.bool()
        else if (field === 2) seen.small = reader.int32()
        else if (field === 3) seen.large = reader.int64()
        else if (field === 4) seen.data = reader.bytes()
        else expect(reader.bytes()).toEqual(written((inner) => inner.bytes(4, value.data)))
      }
      expect(seen).toEqual(value)
    }),
  )
})

test('zeros and empty bytes are left out, an empty message is not', () => {
  const writer = new MessageWriter()
  writer.bool(1, false)
  writer.int32(2, 0)
  writer.int64(3, 0n)
  writer.bytes(4, new Uint8Array())
  writer.message(5, () => writer.bool(1, false))
  expect(hex(writer.finish())).toBe('2a00')
})
