import { AccessGrantError, decodeBase64Url, openAccessGrant } from '@valetkey/access-grant'
import type { Answer } from './http.ts'
import { localError } from './valetkey-error.ts'

/**
 * What the user's browser sealed storage keys for comes in two halves with a dot between them: a code, and later each
 * refresh token. The server knows the first; the second opens the keys.
 */
export interface Halves {
  readonly server_half: string
  readonly browser_half?: string
}

/** 32 bytes each, as base64url without padding: its last character has two bits to spare, and they are zero. */
const twoHalves = /^([\w-]{43})\.([\w-]{42}[AEIMQUYcgkosw048])$/

/** What does not look like two halves goes to the server as it is: it says what is wrong with it, and spends nothing. */
export function halvesOf(text: string): Halves {
  const [, server_half, browser_half] = twoHalves.exec(text) ?? []
  if (server_half === undefined || browser_half === undefined) return { server_half: text }
  return { server_half, browser_half }
}

/** An access grant that came without keys, and those that came sealed beside it. */
interface Sealed {
  readonly access_grant: string
  readonly sealed_encryption_access: string
  readonly browser_half: string
  /** Whom the keys are for. */
  readonly client_id: string
}

/**
 * The access grant with its keys.
 *
 * @param redeemed what the server took and the half belongs to, in words
 * @throws ValetkeyError `keys_not_opened`
 */
export function unsealed(
  { access_grant, sealed_encryption_access, browser_half, client_id }: Sealed,
  { status, trace_id }: Pick<Answer, 'status' | 'trace_id'>,
  redeemed: 'code' | 'refresh token' = 'code',
): string {
  try {
    const form = { key: decodeBase64Url(browser_half), associated_data: client_id }
    return openAccessGrant(access_grant, decodeBase64Url(sealed_encryption_access), form)
  } catch (cause) {
    if (!(cause instanceof AccessGrantError)) throw cause
    throw localError(
      'keys_not_opened',
      `The ${redeemed} was redeemed, but its second half, behind the dot, does not open the storage keys. Let the user approve again, and keep both halves of the ${redeemed} as they come.`,
      { status, trace_id, cause },
    )
  }
}
