import { hash } from 'node:crypto'
import type { Deps } from './deps.ts'

/** A UUID version 7: rows made later sort later, so a primary key always grows at its end. @source RFC 9562 §5.7 */
export function newId({ clock, random }: Pick<Deps, 'clock' | 'random'>): string {
  const bytes = random(16)
  bytes.writeUIntBE(clock.nowMs(), 0, 6)
  return uuid(bytes, 7)
}

/** A UUID version 4: a `client_id` is public and says nothing, not even when it was made. @source RFC 9562 §5.4 */
export function newClientId({ random }: Pick<Deps, 'random'>): string {
  return uuid(random(16), 4)
}

/** True for a UUID as we write it: 36 characters, lower case. */
export function isUuid(text: string): boolean {
  return /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text)
}

/** 256 random bits, base64url, 43 characters: codes, sessions and mailed tokens. */
export function newToken({ random }: Pick<Deps, 'random'>): string {
  return random(32).toString('base64url')
}

/** The form in which a token is stored: SHA-256, base64url, 43 characters. Full entropy needs no slow hash. */
export function tokenHash(token: string): string {
  return hash('sha256', token, 'base64url')
}

function uuid(bytes: Buffer, version: number): string {
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | (version << 4), 6)
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8)
  const hex = bytes.toString('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}
