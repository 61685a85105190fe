import type { Deps } from './deps.ts'
import { type ClientSecret, isUsable, maxUsableSecrets } from './domain/client.ts'
import type { AssertionRules, VerificationKey } from './domain/client-assertion.ts'

/** What the clock and the settings ask of a JWT. `now` in epoch seconds. */
export function assertionRules({ settings }: Pick<Deps, 'settings'>, now: number): AssertionRules {
  const { clock_skew, assertion_max_ttl, public_url } = settings
  return { now, skew: clock_skew, max_ttl: assertion_max_ttl, issuer: public_url }
}

/**
 * The keys a signature is tried with: the client's usable secrets, filled up with decoys to a fixed number, each
 * unsealed alike. So an unknown client costs what a wrong signature costs. A secret of fewer than `least_bytes` is none.
 */
export function verificationKeys(
  { sealer }: Pick<Deps, 'sealer'>,
  secrets: readonly ClientSecret[],
  now: number,
  { least_bytes = 0 } = {},
): VerificationKey[] {
  const usable = secrets.filter((secret) => isUsable(secret, now)).slice(0, maxUsableSecrets)
  return Array.from({ length: maxUsableSecrets }, (_, index) => {
    const secret = usable[index]
    const bytes = secret && sealer.open('client-secret', secret.id, secret.sealed_secret)
    return bytes === undefined || bytes.length < least_bytes
      ? { secret: undefined, bytes: sealer.openDecoy() }
      : { secret, bytes }
  })
}
