import type { Deps } from '../deps.ts'
import { type ClientSecret, isUsable, maxUsableSecrets } from '../domain/client.ts'
import type { VerificationKey } from '../domain/client-assertion.ts'

const decoyRow = 'decoy'

/**
 * The keys a signature is tried with: the client's usable secrets, filled up with decoys to a fixed number, each
 * unsealed alike. So an unknown client costs what a wrong signature costs.
 */
export function verificationKeys(
  { sealer, random }: Pick<Deps, 'sealer' | 'random'>,
  secrets: readonly ClientSecret[],
  now: number,
): VerificationKey[] {
  const usable = secrets.filter((secret) => isUsable(secret, now)).slice(0, maxUsableSecrets)
  const keys: VerificationKey[] = usable.map((secret) => ({
    secret,
    bytes: sealer.open('client-secret', secret.id, secret.sealed_secret),
  }))
  while (keys.length < maxUsableSecrets) {
    const sealed = sealer.seal('client-secret', decoyRow, random(48))
    keys.push({ secret: undefined, bytes: sealer.open('client-secret', decoyRow, sealed) })
  }
  return keys
}
