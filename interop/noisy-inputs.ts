import fc from 'fast-check'
import { anyCipher, bucket, key, nanos, path, satellite_address, seconds } from './inputs.ts'
import {
  boolValue,
  bytesValue,
  concat,
  garbled,
  garbling,
  noisyMessage,
  padding,
  varint,
  varintValue,
} from './noise.ts'

const int64 = fc.oneof(
  seconds,
  fc.constantFrom(2n ** 63n - 1n, -(2n ** 63n), 2n ** 40n),
  fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n),
)
const int32 = fc.oneof(
  nanos.map(BigInt),
  fc.constantFrom(1_000_000_000n, -1n, -999_999_999n, 2n ** 31n - 1n, -(2n ** 31n), 2n ** 40n + 7n),
)
const instant = bytesValue(noisyMessage({ 1: varintValue(int64), 2: varintValue(int32) }))

const flagFields = Object.fromEntries(
  [1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 14, 15].map((n) => [n, boolValue]),
)

/** The bytes of a caveat that no encoder of ours wrote, decodable or not. */
export const noisyCaveat: fc.Arbitrary<Uint8Array> = noisyMessage({
  ...flagFields,
  10: bytesValue(noisyMessage({ 1: bytesValue(bucket), 2: bytesValue(path) })),
  20: instant,
  21: instant,
  22: instant,
  30: bytesValue(fc.uint8Array({ maxLength: 5 })),
})

const packet = (type: number, content: Uint8Array, longer = 0): Uint8Array =>
  concat(varint(BigInt(type), longer), varint(BigInt(content.length), longer), content)

/** Location, identifier, verification id; now and then a type that is out of order, unknown or misplaced. */
function section(identifier: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Uint8Array> {
  const other = fc.uint8Array({ maxLength: 3 })
  const optional = fc.constantFrom(false, false, false, true)
  return fc
    .record({
      identifier,
      padding,
      location: optional,
      verified: optional,
      other,
      type: fc.constantFrom(4, 4, 4, 1, 2, 3, 6),
    })
    .map(({ identifier, padding, location, verified, other, type }) =>
      concat(
        ...(location ? [packet(1, other)] : []),
        packet(2, identifier, padding),
        ...(verified ? [packet(type, other)] : []),
        Uint8Array.of(0),
      ),
    )
}

const caveatBytes = fc.oneof(noisyCaveat, fc.uint8Array({ maxLength: 3 }))

/** The bytes of an API key whose signature nobody made: that only the holder of the secret can tell. */
export const noisyMacaroon: fc.Arbitrary<Uint8Array> = fc
  .record({
    head: section(fc.uint8Array({ maxLength: 40 })),
    caveats: fc.array(section(caveatBytes), { maxLength: 3 }),
    tail: fc.oneof(
      { weight: 12, arbitrary: fc.uint8Array({ minLength: 32, maxLength: 32 }) },
      { weight: 1, arbitrary: fc.uint8Array({ maxLength: 33 }) },
    ),
    trailing: fc.uint8Array({ maxLength: 2 }),
    garbling: fc.option(garbling),
  })
  .map(({ head, caveats, tail, trailing, garbling }) => {
    const bytes = concat(Uint8Array.of(2), head, ...caveats, Uint8Array.of(0), packet(6, tail), trailing)
    return garbling === null ? bytes : garbled(bytes, garbling)
  })

const allowedPaths = noisyMessage({
  1: boolValue,
  10: bytesValue(noisyMessage({ 1: bytesValue(bucket), 2: bytesValue(path) })),
})

/** Well formed, and its caveats speak of paths, so that keys are left out of the access grant around it. */
const plainMacaroon = fc
  .record({
    caveats: fc.array(allowedPaths, { maxLength: 3 }),
    tail: fc.uint8Array({ minLength: 32, maxLength: 32 }),
  })
  .map(({ caveats, tail }) => {
    const sections = caveats.map((caveat) => concat(packet(2, caveat), Uint8Array.of(0)))
    return concat(
      Uint8Array.of(2),
      packet(2, tail),
      Uint8Array.of(0),
      ...sections,
      Uint8Array.of(0),
      packet(6, tail),
    )
  })

/** Mostly an entry whose two paths have equally many components, as they must. */
const noisyEntry = fc.tuple(path, path, fc.nat(9)).chain(([encrypted, other, choice]) => {
  const fields = {
    2: bytesValue(fc.constant(choice === 0 ? other : encrypted)),
    3: bytesValue(fc.constant(encrypted)),
    4: bytesValue(key),
  }
  return noisyMessage({ ...fields, 1: bytesValue(bucket), 5: varintValue(anyCipher.map(BigInt)) }, fields)
})

/** The bytes inside an access grant that no encoder of ours wrote, around the bytes of an API key. */
export const noisyAccessGrant: fc.Arbitrary<Uint8Array> = anAccessGrant()

function anAccessGrant(): fc.Arbitrary<Uint8Array> {
  const pathCipher = varintValue(fc.oneof(anyCipher.map(BigInt), int32))
  const parameters = bytesValue(noisyMessage({ 1: pathCipher, 2: varintValue(int64) }))
  const keys = { 1: bytesValue(key), 2: bytesValue(noisyEntry), 3: pathCipher, 4: parameters }
  const fields = {
    1: bytesValue(satellite_address),
    2: bytesValue(fc.oneof(plainMacaroon, plainMacaroon, noisyMacaroon)),
    3: bytesValue(noisyMessage(keys)),
  }
  return noisyMessage(fields, fields)
}
