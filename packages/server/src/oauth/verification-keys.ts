import type { Deps } from '../deps.ts'
import { type ClientSecret, isUsable, maxUsableSecrets } from '../domain/client.ts'
import type { VerificationKey } from '../domain/client-assertion.ts'

/**
 * The keys a signature is tried with: the client's usable secrets, filled up with decoys to a fixed number, each
 * unsealed alike. So an unknown client costs what a wrong signature costs.
 */
export function verificationKeys(
  { sealer }: Pick<Deps, 'sealer'>,
  secrets: readonly ClientSecret[],
  now: number,
): VerificationKey[] {
  const usable = secrets.filter((secret) => isUsable(secret, now)).slice(0, maxUsableSecrets)
  return Array.from({ length: maxUsableSecrets }, (_, index) => {
    const secret = usable[index]
    return secret === undefined
      ? { secret, bytes: sealer.openDecoy() }
      : { secret, bytes: sealer.open('client-secret', secret.id, secret.sealed_secret) }
  })
}
