import {
  type AccountsQuery,
  type ManagedAccountAnswer,
  type ManagedAccountsAnswer,
  type PersonalDataAnswer,
  rfc3339,
  type StateAnswer,
  type SuspensionAnswer,
  type SuspensionForm,
} from '@valetkey/protocol'
import { behindTheAnswer, deletedMail } from '../accounts/mails.ts'
import { personalData } from '../accounts/personal-data.ts'
import type { Caller, Deps } from '../deps.ts'
import type { Account, AccountKind } from '../domain/account.ts'
import { refuse } from '../refusals.ts'
import { accountNamed, operated, targetOf } from './operated.ts'
import { pageOf } from './pages.ts'

/** Developers or users, newest first. */
export async function listAccounts(
  deps: Pick<Deps, 'store' | 'clock'>,
  kind: AccountKind,
  query: AccountsQuery,
): Promise<ManagedAccountsAnswer> {
  const { limit, offset, page } = pageOf(query)
  const filter = { search: query.search, states: query.state && [query.state], now: deps.clock.now() }
  const order = { limit, offset, sort: 'created_at', descending: true } as const
  const { accounts, total } = await deps.store.operations.accounts(kind, filter, order)
  return {
    accounts: await withFigures(deps, kind, accounts),
    total,
    page,
    has_more: offset + accounts.length < total,
  }
}

/** @refuses account_not_found */
export async function showAccount(
  deps: Pick<Deps, 'store' | 'clock'>,
  kind: AccountKind,
  who: string,
): Promise<ManagedAccountAnswer> {
  const [answer] = await withFigures(deps, kind, [await accountNamed(deps, kind, who)])
  if (answer === undefined) throw refuse('account_not_found')
  return answer
}

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
    const { operations } = deps.store
    const ended = await operations.suspendAccount(kind, account.id, { end_access }, deps.clock.now())
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
    deps.store.operations.resumeAccount(kind, account.id, deps.clock.now()),
  )
  const { state } = await accountNamed(deps, kind, account.id)
  return { state }
}

/** Deletes an account for good, with all that it holds, and tells its owner. @refuses account_not_found */
export async function deleteAccount(
  deps: Deps,
  caller: Caller,
  { kind, who }: { kind: AccountKind; who: string },
): Promise<void> {
  const account = await accountNamed(deps, kind, who)
  await operated(deps, caller, `${kind}.deleted`, targetOf(kind, account), () =>
    deps.store.operations.closeAccount(kind, account.id, 'operator', deps.clock.now()),
  )
  behindTheAnswer(deps, caller, () => deps.mailer.send(deletedMail(kind, account)))
}

/** Everything that is kept about a user, for whoever answers their letter. @refuses account_not_found */
export async function exportUser(deps: Deps, caller: Caller, who: string): Promise<PersonalDataAnswer> {
  const account = await accountNamed(deps, 'user', who)
  return operated(deps, caller, 'user.exported', targetOf('user', account), () => personalData(deps, account))
}

/** Two statements for all of them, however many. */
async function withFigures(
  { store, clock }: Pick<Deps, 'store' | 'clock'>,
  kind: AccountKind,
  accounts: readonly Account[],
): Promise<ManagedAccountAnswer[]> {
  const ids = accounts.map(({ id }) => id)
  const now = clock.now()
  const developers = kind === 'developer' ? await store.operations.developerFigures(ids, now) : undefined
  const users = kind === 'user' ? await store.operations.userFigures(ids, now) : undefined
  return accounts.map(({ id, email, full_name, company_name, state, created_at }) => ({
    ...{ id, email, full_name, company_name, state, created_at: rfc3339(created_at) },
    sessions: (developers ?? users)?.get(id)?.sessions ?? 0,
    ...(developers && { clients: developers.get(id)?.clients ?? 0 }),
    ...(users && { grants: users.get(id)?.grants ?? 0 }),
  }))
}
