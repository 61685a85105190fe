import type { Deps } from '../deps.ts'
import type { Account, AccountKind } from '../domain/account.ts'
import { newToken, tokenHash } from '../ids.ts'
import { invitationMail, mailTokenSeconds } from './mails.ts'

/** A password that nobody knows: the account opens once its owner has chosen one. */
export const unknownPassword = ({ passwords, random }: Pick<Deps, 'passwords' | 'random'>): Promise<string> =>
  passwords.hash(random(32).toString('base64url'))

/** Mails the link with which the owner of an invited account chooses the password. */
export async function mailInvitation(
  deps: Pick<Deps, 'store' | 'clock' | 'random' | 'mailer' | 'settings'>,
  kind: AccountKind,
  account: Account,
): Promise<void> {
  const token = newToken(deps)
  await deps.store.mailTokens.add({
    token_hash: tokenHash(token),
    kind,
    purpose: 'reset_password',
    account_id: account.id,
    expires_at: deps.clock.now() + mailTokenSeconds,
  })
  await deps.mailer.send(invitationMail(deps, kind, account, token))
}
