import { behindTheAnswer, deletedMail } from '../accounts/mails.ts'
import type { Caller, Deps } from '../deps.ts'
import type { AccountKind } from '../domain/account.ts'
import { accountNamed, operated, targetOf } from './operated.ts'

/** Deletes an account for good, with all that it holds, and tells its owner. @refuses account_not_found */
export async function deleteAccount(
  deps: Deps,
  caller: Caller,
  { kind, who }: { kind: AccountKind; who: string },
): Promise<void> {
  const account = await accountNamed(deps, kind, who)
  await operated(deps, caller, `${kind}.deleted`, targetOf(kind, account), () =>
    deps.store.administration.closeAccount(kind, account.id, 'operator', deps.clock.now()),
  )
  behindTheAnswer(deps, caller, () => deps.mailer.send(deletedMail(kind, account)))
}
