import type { PersonalDataAnswer } from '@valetkey/protocol'
import { personalData } from '../accounts/personal-data.ts'
import { type Acting, audited } from '../audited.ts'
import type { Deps } from '../deps.ts'
import { limitRate } from '../http/limits.ts'

/** Everything that is kept about whoever asks. @refuses rate_limited */
export async function exportOwnData(deps: Deps, by: Acting): Promise<PersonalDataAnswer> {
  await limitRate(deps, 'personal_export', by)
  return audited(deps, by, 'user.exported', by.account.id, () => personalData(deps, by.account))
}
