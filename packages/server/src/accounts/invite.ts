import type { Deps } from '../deps.ts'
import type { Account, AccountKind } from '../domain/account.ts'
import { addResetToken } from './mail-tokens.ts'
import { invitationMail } from './mails.ts'

/** A password that nobody knows: the account opens once its owner has chosen one. */
export const unknownPassword = ({ passwords, random }: Pick<Deps, 'passwords' | 'random'>): Promise<string> =>
  passwords.hash(random(32).toString('base64url'))

/** Mails the link with which the owner of an invited account chooses the password. */
export async function mailInvitation(
  deps: Pick<Deps, 'store' | 'clock' | 'random' | 'mailer' | 'settings'>,
  kind: AccountKind,
  account: Account,
): Promise<void> {
  const token = await addResetToken(deps, kind, account)
  await deps.mailer.send(invitationMail(deps, kind, account, token))
}
