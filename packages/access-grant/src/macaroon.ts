import { hmacSha256 } from '#primitives'
import { ByteReader } from './byte-reader.ts'
import { ByteWriter } from './byte-writer.ts'
import { noBytes } from './bytes.ts'
import { AccessGrantError } from './errors.ts'

/** A signed chain: the public identifier, the restrictions as raw bytes, and the running signature. */
export interface Macaroon {
  /** Public identifier, 32 random bytes; other lengths parse. */
  readonly head: Uint8Array
  /** Each caveat exactly as it was signed. Never re-encode one: the signature covers these bytes. */
  readonly caveats: readonly Uint8Array[]
  /** 32 bytes; names exactly this macaroon. */
  readonly tail: Uint8Array
}

const version = 2
const packetType = { end: 0, location: 1, identifier: 2, verificationId: 4, signature: 6 } as const
const tailLength = 32
const maxNumber = 0x7fffffff

/** A macaroon without caveats: the key to everything its secret stands for. @source storj/common macaroon */
export function createMacaroon({ head, secret }: { head: Uint8Array; secret: Uint8Array }): Macaroon {
  return { head, caveats: [], tail: hmacSha256(secret, head) }
}

/** Restricts: only the tail is needed, so whoever holds a macaroon can narrow it, and nobody can widen it. */
export function addCaveat(macaroon: Macaroon, caveat: Uint8Array): Macaroon {
  return {
    head: macaroon.head,
    caveats: [...macaroon.caveats, caveat],
    tail: hmacSha256(macaroon.tail, caveat),
  }
}

/** The tail of the unrestricted macaroon, then one per caveat. Revoking any of them revokes this macaroon. */
export function tailsOf(macaroon: Macaroon, secret: Uint8Array): readonly Uint8Array[] {
  const tails = [hmacSha256(secret, macaroon.head)]
  let tail = tails[0] ?? secret
  for (const caveat of macaroon.caveats) {
    tail = hmacSha256(tail, caveat)
    tails.push(tail)
  }
  return tails
}

/** True when this secret signed this macaroon, caveat by caveat. */
export function verifyMacaroon(macaroon: Macaroon, secret: Uint8Array): boolean {
  return endsWithTail(tailsOf(macaroon, secret), macaroon.tail)
}

/** True when the last of the recomputed tails is the given one; compares in constant time. */
export function endsWithTail(tails: readonly Uint8Array[], tail: Uint8Array): boolean {
  const expected = tails.at(-1)
  if (expected === undefined || tail.length !== expected.length) return false
  let difference = 0
  for (let i = 0; i < expected.length; i++) difference |= (expected[i] ?? 0) ^ (tail[i] ?? 0)
  return difference === 0
}

/** Version 2 binary form. @source storj/common macaroon/serialize.go */
export function serializeMacaroon({ head, caveats, tail }: Macaroon): Uint8Array {
  const writer = new ByteWriter()
  writer.varint(version)
  for (const identifier of [head, ...caveats]) {
    writer.varint(packetType.identifier)
    writer.lengthPrefixed(identifier)
    writer.varint(packetType.end)
  }
  writer.varint(packetType.end)
  writer.varint(packetType.signature)
  writer.lengthPrefixed(tail)
  return writer.finish()
}

/**
 * Reads the binary form; whether the signature holds only the keeper of the secret can tell.
 *
 * Locations and verification ids are dropped, and so are bytes after the signature.
 *
 * @throws AccessGrantError `macaroon`
 */
export function parseMacaroon(bytes: Uint8Array): Macaroon {
  if (bytes.length < 2) throw new AccessGrantError('macaroon', 'the macaroon is empty')
  if (bytes[0] !== version) throw new AccessGrantError('macaroon', `macaroon version ${bytes[0]}, expected 2`)
  const reader = new ByteReader(bytes.subarray(1), 'macaroon')

  const [head, ...others] = withoutLocation(readSection(reader))
  if (head?.type !== packetType.identifier || others.length > 0) {
    throw reader.refuse('the header is not one identifier')
  }
  const caveats: Uint8Array[] = []
  for (let section = readSection(reader); section.length > 0; section = readSection(reader)) {
    caveats.push(caveatOf(withoutLocation(section), reader))
  }
  const signature = readPacket(reader)
  if (signature.type !== packetType.signature) throw reader.refuse('the signature is missing')
  if (signature.data.length !== tailLength) throw reader.refuse('the signature is not 32 bytes long')
  return { head: head.data.slice(), caveats, tail: signature.data.slice() }
}

interface Packet {
  readonly type: number
  readonly data: Uint8Array
}

function caveatOf(
  [identifier, verificationId, ...others]: readonly Packet[],
  reader: ByteReader,
): Uint8Array {
  if (identifier?.type !== packetType.identifier) throw reader.refuse('a caveat has no identifier')
  if (others.length > 0 || (verificationId && verificationId.type !== packetType.verificationId)) {
    throw reader.refuse('a caveat has a field nobody knows')
  }
  return identifier.data.slice()
}

function withoutLocation(section: readonly Packet[]): readonly Packet[] {
  return section[0]?.type === packetType.location ? section.slice(1) : section
}

/** The packets of one section, in rising order of type; none in the section that ends the caveats. */
function readSection(reader: ByteReader): readonly Packet[] {
  const packets: Packet[] = []
  let previous = -1
  for (;;) {
    const packet = readPacket(reader)
    if (packet.type === packetType.end) break
    if (packet.type <= previous) throw reader.refuse('fields are out of order')
    previous = packet.type
    packets.push(packet)
  }
  return packets
}

function readPacket(reader: ByteReader): Packet {
  const type = readNumber(reader)
  if (type === packetType.end) return { type, data: noBytes }
  return { type, data: reader.take(readNumber(reader)) }
}

function readNumber(reader: ByteReader): number {
  reader.varint()
  if (reader.high !== 0 || reader.low > maxNumber) throw reader.refuse('a number is out of range')
  return reader.low
}
