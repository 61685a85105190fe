import type { StateAnswer, SuspensionAnswer, SuspensionForm } from '@valetkey/protocol'
import type { Caller, Deps } from '../deps.ts'
import type { AccountKind } from '../domain/account.ts'
import { refuse } from '../refusals.ts'
import { accountNamed, operated, targetOf } from './operated.ts'

/**
 * Suspends an account: its sessions end at once, and nobody signs in to it. A developer's clients are suspended with it. What
 * apps hold goes on, unless the form says that it ends.
 *
 * @refuses account_not_found account_closing
 */
export async function suspendAccount(
  deps: Deps,
  caller: Caller,
  { kind, who, end_access = false }: { kind: AccountKind; who: string } & SuspensionForm,
): Promise<SuspensionAnswer> {
  const account = await accountNamed(deps, kind, who)
  return operated(deps, caller, `${kind}.suspended`, targetOf(kind, account), async () => {
    const { administration } = deps.store
    const ended = await administration.suspendAccount(kind, account.id, { end_access }, deps.clock.now())
    if (ended === undefined) throw refuse('account_closing')
    return { state: 'suspended', ended }
  })
}

/** Undoes a suspension; one that there is none of is undone already. @refuses account_not_found account_closing */
export async function unsuspendAccount(
  deps: Deps,
  caller: Caller,
  { kind, who }: { kind: AccountKind; who: string },
): Promise<StateAnswer> {
  const account = await accountNamed(deps, kind, who)
  if (account.state === 'closing') throw refuse('account_closing')
  await operated(deps, caller, `${kind}.unsuspended`, targetOf(kind, account), () =>
    deps.store.administration.resumeAccount(kind, account.id, deps.clock.now()),
  )
  const { state } = await accountNamed(deps, kind, account.id)
  return { state }
}
