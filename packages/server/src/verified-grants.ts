import { hash } from 'node:crypto'
import type { Permission } from '@valetkey/access-grant'

/** What an access grant says of itself, once the signature of its API key was verified. */
export interface VerifiedGrant {
  /** Of its API key, in hex: by it everything that may have changed is found. */
  readonly head: string
  /** What all restrictions together leave. */
  readonly permission: Permission
  readonly narrowed: boolean
}

/** Access grants that were verified before, by a hash of their text. */
export interface VerifiedGrants {
  find(text: string): VerifiedGrant | undefined
  add(text: string, grant: VerifiedGrant): void
}

const most = 10_000

/**
 * Gateways ask about one access grant again and again. What it says and that it is genuine never changes, so that is
 * worked out once; what became of it since is always read anew.
 */
export function rememberVerifiedGrants(): VerifiedGrants {
  const known = new Map<string, VerifiedGrant>()
  const nameOf = (text: string): string => hash('sha256', text, 'base64url')
  return {
    find: (text) => known.get(nameOf(text)),
    add(text, grant) {
      const oldest = known.size >= most ? known.keys().next().value : undefined
      if (oldest !== undefined) known.delete(oldest)
      known.set(nameOf(text), grant)
    },
  }
}
