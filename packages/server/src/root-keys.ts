import { type Argon2id, deriveRootKey } from '@valetkey/access-grant'
import type { RootKeys } from './deps.ts'

const maxRemembered = 10_000

/**
 * Root keys from passphrases. Those of the blank passphrase are remembered: anyone who has the salt can derive them,
 * so they are no secret, and an app that asks for a grant without a passphrase need not pay for Argon2id each time.
 * Whoever asks while one is derived waits for that one.
 */
export function createRootKeys(argon2id: Argon2id): RootKeys {
  const blank = new Map<string, Promise<Uint8Array>>()
  return (passphrase, salt) => {
    const remembered = passphrase === '' ? blank.get(salt) : undefined
    if (remembered !== undefined) return remembered
    const key = deriveRootKey({ passphrase, salt: Buffer.from(salt, 'base64'), argon2id })
    if (passphrase === '') remember(blank, salt, key)
    return key
  }
}

/** What failed is tried anew by the next who asks. */
function remember(blank: Map<string, Promise<Uint8Array>>, salt: string, key: Promise<Uint8Array>): void {
  const oldest = blank.size >= maxRemembered ? blank.keys().next().value : undefined
  if (oldest !== undefined) blank.delete(oldest)
  blank.set(salt, key)
  key.catch(() => {
    if (blank.get(salt) === key) blank.delete(salt)
  })
}
