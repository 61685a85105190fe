import type { AccountDeletionForm } from '@valetkey/protocol'
import { type Acting, audited } from '../audited.ts'
import type { Deps } from '../deps.ts'
import { limitRate } from '../http/limits.ts'
import { refuse } from '../refusals.ts'
import { behindTheAnswer, deletedMail } from './mails.ts'
import { provePassword } from './prove-password.ts'

/**
 * Deletes the account of somebody signed in who knows its password: sessions, access with its API keys, projects, and all
 * that says who it was.
 *
 * @refuses rate_limited password_wrong overloaded
 */
export async function deleteOwnAccount(deps: Deps, by: Acting, form: AccountDeletionForm): Promise<void> {
  const { kind, account } = by
  await limitRate(deps, 'change_password', by)
  await audited(deps, by, `${kind}.deleted`, account.id, async () => {
    if (!(await provePassword(deps, by, form.password))) throw refuse('password_wrong')
    await deps.store.administration.closeAccount(kind, account.id, 'user', deps.clock.now())
  })
  behindTheAnswer(deps, by.caller, () => deps.mailer.send(deletedMail(kind, account)))
}
