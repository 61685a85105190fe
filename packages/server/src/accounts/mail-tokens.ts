import type { Deps } from '../deps.ts'
import type { Account, AccountKind } from '../domain/account.ts'
import { newToken, tokenHash } from '../ids.ts'

/** Mailed codes and tokens work for a day. */
export const mailTokenSeconds = 24 * 3600

/** A token with which the owner of an account chooses a password, once. Its hash is kept; the token itself is for the mail alone. */
export async function addResetToken(
  deps: Pick<Deps, 'store' | 'clock' | 'random'>,
  kind: AccountKind,
  { id }: Pick<Account, 'id'>,
): Promise<string> {
  const token = newToken(deps)
  await deps.store.mailTokens.add({
    token_hash: tokenHash(token),
    kind,
    purpose: 'reset_password',
    account_id: id,
    expires_at: deps.clock.now() + mailTokenSeconds,
  })
  return token
}
