import {
  type AccountsQuery,
  type ManagedAccountAnswer,
  type ManagedAccountsAnswer,
  rfc3339,
} from '@valetkey/protocol'
import type { Deps } from '../deps.ts'
import type { Account, AccountKind } from '../domain/account.ts'
import { refuse } from '../refusals.ts'
import { accountNamed } from './operated.ts'
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
  const { accounts, total } = await deps.store.administration.accounts(kind, filter, order)
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

/** Two statements for all of them, however many. */
async function withFigures(
  { store, clock }: Pick<Deps, 'store' | 'clock'>,
  kind: AccountKind,
  accounts: readonly Account[],
): Promise<ManagedAccountAnswer[]> {
  const ids = accounts.map(({ id }) => id)
  const now = clock.now()
  const developers = kind === 'developer' ? await store.administration.developerFigures(ids, now) : undefined
  const users = kind === 'user' ? await store.administration.userFigures(ids, now) : undefined
  return accounts.map(({ id, email, full_name, company_name, state, created_at }) => ({
    ...{ id, email, full_name, company_name, state, created_at: rfc3339(created_at) },
    sessions: (developers ?? users)?.get(id)?.sessions ?? 0,
    ...(developers && { clients: developers.get(id)?.clients ?? 0 }),
    ...(users && { grants: users.get(id)?.grants ?? 0 }),
  }))
}
