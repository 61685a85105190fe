import type { ApiKeyRecord } from '../domain/api-key-record.ts'
import type { Grant } from '../domain/grant.ts'
import type { RefreshFamily, RefreshToken } from '../domain/refresh-token.ts'

/** Everything a refresh must know. */
export interface Refreshable {
  readonly token: RefreshToken
  readonly family: RefreshFamily
  readonly grant: Grant
  readonly api_key: ApiKeyRecord
}

export interface RefreshTokens {
  /** The token with this hash, whoever's, rotated or expired ones as well; none of a user who is not active. */
  read(token_hash: string): Promise<Refreshable | undefined>
  /**
   * Marks the token as rotated and adds its successor, in one transaction, durable when it resolves. False, and nothing
   * done, when it was rotated or expired in the meantime, or its grant has ended. It waits for an end of the grant that is
   * under way, and an end waits for it.
   */
  rotate(token_hash: string, successor: RefreshToken, now: number): Promise<boolean>
}
