import type { PersonalDataAnswer } from '@valetkey/protocol'
import { personalData } from '../accounts/personal-data.ts'
import type { Caller, Deps } from '../deps.ts'
import { accountNamed, operated, targetOf } from './operated.ts'

/** Everything that is kept about a user, for whoever answers their letter. @refuses account_not_found */
export async function exportUser(deps: Deps, caller: Caller, who: string): Promise<PersonalDataAnswer> {
  const account = await accountNamed(deps, 'user', who)
  return operated(deps, caller, 'user.exported', targetOf('user', account), () => personalData(deps, account))
}
