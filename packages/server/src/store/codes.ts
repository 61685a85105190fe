import type { ApiKeyRecord } from '../domain/api-key-record.ts'
import type { AuthorizationCode } from '../domain/authorization-code.ts'
import type { Client, ClientSecret } from '../domain/client.ts'
import type { Grant } from '../domain/grant.ts'
import type { Project } from '../domain/project.ts'
import type { RefreshFamily, RefreshToken } from '../domain/refresh-token.ts'

/** Everything a token request must know, read together in one round trip. */
export interface Redeemable {
  readonly client: Client | undefined
  /** The secrets of the client that verify something now, newest first, at most `maxUsableSecrets`. */
  readonly secrets: readonly ClientSecret[]
  /** The code with this hash, whoever it was issued to. */
  readonly code: AuthorizationCode | undefined
  /** Undefined when it is gone, or its user is, or is not active. */
  readonly project: Project | undefined
}

export interface Redemption {
  readonly code_id: string
  /** Epoch seconds. */
  readonly now: number
  readonly grant: Grant
  readonly api_key: ApiKeyRecord
  /** The family that begins with it, where the client may refresh its access, and its first token. */
  readonly refresh?: { readonly family: RefreshFamily; readonly token: RefreshToken } | undefined
}

export interface AuthorizationCodes {
  /** Deleted clients are not found; the statement is the same for every input. */
  read(client_id: string, code_hash: string, now: number): Promise<Redeemable>
  /**
   * Spends the code and records the grant and its API key in one transaction, durable when it resolves. False when the
   * code was spent, revoked or expired in the meantime; then nothing is recorded.
   */
  redeem(redemption: Redemption): Promise<boolean>
  /** Makes an unspent code worthless. */
  burn(code_id: string, now: number): Promise<void>
}
