import type { RenameForm } from '@valetkey/protocol'
import { type Acting, audited } from '../audited.ts'
import type { Deps } from '../deps.ts'
import { cleanName } from '../domain/clean-name.ts'
import { refuse } from '../refusals.ts'
import { accountsOf } from './account-kinds.ts'

/** @refuses name_unfit */
export async function rename(deps: Deps, by: Acting, form: RenameForm): Promise<void> {
  const { kind, account } = by
  await audited(deps, by, `${kind}.renamed`, account.id, async () => {
    const full_name = cleanName(form.fullName)
    if (full_name === undefined) throw refuse('name_unfit')
    await accountsOf(deps, kind).rename(account.id, full_name)
  })
}
