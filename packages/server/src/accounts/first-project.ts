import type { Deps } from '../deps.ts'
import type { AccountKind } from '../domain/account.ts'

/** A user begins with one project, so that the first app has something to ask for; a developer needs none. */
export async function giveFirstProject(
  { network }: Pick<Deps, 'network'>,
  kind: AccountKind,
  account_id: string,
): Promise<void> {
  if (kind === 'user') await network.createProject(account_id, 'My first project')
}
