import type { RegistrationAnswer, RegistrationForm } from '@valetkey/protocol'
import type { Caller, Deps } from '../deps.ts'
import type { Account, AccountKind } from '../domain/account.ts'
import { cleanName } from '../domain/clean-name.ts'
import { parseEmail } from '../domain/email.ts'
import { isFitPassword } from '../domain/password.ts'
import { newId, newToken } from '../ids.ts'
import { refuse } from '../refusals.ts'
import { accountsOf, auditSuccess } from './account-kinds.ts'
import { limitMailsTo, limitNetwork } from './account-limits.ts'
import { mailActivationCode } from './activate.ts'
import { giveFirstProject } from './first-project.ts'
import { alreadyRegisteredMail, behindTheAnswer } from './mails.ts'

/**
 * Opens an account. On a server that verifies addresses it waits for the mailed code, the answer holds the other half
 * of that code, and whether the address had an account shows in the mail alone; elsewhere a taken address is said.
 *
 * @refuses email_malformed name_unfit password_unfit email_taken rate_limited overloaded
 */
export async function register(
  deps: Deps,
  kind: AccountKind,
  caller: Caller,
  form: RegistrationForm,
): Promise<RegistrationAnswer | undefined> {
  const fit = fitFields(form)
  await limitNetwork(deps, 'registration', caller)
  const mustVerify = deps.settings.verified_mail
  if (mustVerify) await limitMailsTo(deps, 'activation', kind, fit.email)
  const account: Account = {
    ...fit,
    id: newId(deps),
    password_hash: await deps.passwords.hash(form.password),
    state: mustVerify ? 'unverified' : 'active',
    created_at: deps.clock.now(),
  }
  const added = await accountsOf(deps, kind).add(account)
  if (added) auditSuccess(deps, kind, caller, 'registered', account.id)
  if (mustVerify) return awaitActivation(deps, kind, caller, account, added)
  if (!added) throw refuse('email_taken')
  await giveFirstProject(deps, kind, account.id)
  return undefined
}

/**
 * Who has not proven the address yet may register again. The newest registration replaces the others, as an account of
 * its own: an older code can then never open an account under the newer password.
 */
async function awaitActivation(
  deps: Deps,
  kind: AccountKind,
  caller: Caller,
  account: Account,
  added: boolean,
): Promise<RegistrationAnswer> {
  const accounts = accountsOf(deps, kind)
  const signupId = newToken(deps)
  const holder = added ? undefined : await accounts.findByEmail(account.email)
  if (holder?.state === 'unverified') await accounts.setState(holder.id, 'deleted')
  const waits = added || (holder?.state === 'unverified' && (await accounts.add(account)))
  behindTheAnswer(deps, caller, async () => {
    if (waits) await mailActivationCode(deps, kind, account, signupId)
    else if (holder?.state === 'active') await deps.mailer.send(alreadyRegisteredMail(deps, kind, holder))
  })
  return { signupId }
}

function fitFields(form: RegistrationForm): Pick<Account, 'email' | 'full_name' | 'company_name'> {
  const email = parseEmail(form.email)
  if (email === undefined) throw refuse('email_malformed')
  const full_name = cleanName(form.fullName ?? form.name ?? email.slice(0, email.lastIndexOf('@')))
  const company_name =
    form.companyName === undefined || form.companyName === '' ? '' : cleanName(form.companyName)
  if (full_name === undefined || company_name === undefined) throw refuse('name_unfit')
  if (!isFitPassword(form.password)) throw refuse('password_unfit')
  return { email, full_name, company_name }
}
