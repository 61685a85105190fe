import type { RegistrationAnswer, RegistrationForm } from '@valetkey/protocol'
import type { Deps } from '../deps.ts'
import type { Account } from '../domain/account.ts'
import { cleanName } from '../domain/clean-name.ts'
import { parseEmail } from '../domain/email.ts'
import { isFitPassword } from '../domain/password.ts'
import { limitRate } from '../http/limits.ts'
import { newId, newToken } from '../ids.ts'
import { refuse } from '../refusals.ts'
import { accountsOf, type Visitor } from './account-kinds.ts'
import { mailActivationCode } from './activate.ts'
import { auditVisit } from './audit-visit.ts'
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
  by: Visitor,
  form: RegistrationForm,
): Promise<RegistrationAnswer | undefined> {
  const { kind, caller } = by
  const fit = fitFields(form)
  await limitRate(deps, 'registration', caller)
  const mustVerify = deps.settings.verified_mail
  if (mustVerify) await limitRate(deps, 'activation_mail', { kind, email: fit.email })
  const account: Account = {
    ...fit,
    id: newId(deps),
    password_hash: await deps.passwords.hash(form.password),
    state: mustVerify ? 'unverified' : 'active',
    created_at: deps.clock.now(),
  }
  const added = await accountsOf(deps, kind).add(account)
  if (added) auditVisit(deps, by, 'registered', 'success', account)
  if (mustVerify) return awaitActivation(deps, by, account, added)
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
  by: Visitor,
  account: Account,
  added: boolean,
): Promise<RegistrationAnswer> {
  const { kind } = by
  const accounts = accountsOf(deps, kind)
  const signupId = newToken(deps)
  const before = added ? undefined : await accounts.findByEmail(account.email)
  const replaced = before?.state === 'unverified' && (await accounts.dropUnverified(before.id))
  const waits = added || (replaced && (await accounts.add(account)))
  // Its owner may have proven the address in between.
  const holder = before?.state === 'unverified' ? await accounts.find(before.id) : before
  behindTheAnswer(deps, by.caller, async () => {
    if (waits) await mailActivationCode(deps, kind, account, signupId)
    else if (holder?.state === 'active' || holder?.state === 'invited')
      await deps.mailer.send(alreadyRegisteredMail(deps, kind, holder))
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
