import type { DeveloperAnswer, DeveloperChangeForm, NewDeveloperForm } from '@valetkey/protocol'
import { mailInvitation, unknownPassword } from '../accounts/invite.ts'
import { behindTheAnswer, passwordChangedMail } from '../accounts/mails.ts'
import type { Caller, Deps } from '../deps.ts'
import type { Account } from '../domain/account.ts'
import { cleanName } from '../domain/clean-name.ts'
import { parseEmail } from '../domain/email.ts'
import { isFitPassword } from '../domain/password.ts'
import { newId } from '../ids.ts'
import { refuse } from '../refusals.ts'
import { developerAnswerOf } from './developers.ts'
import { accountNamed, operated } from './operated.ts'
import { suspendAccount } from './suspend-account.ts'

/**
 * Makes an account for a developer, who chooses the password with a link that is mailed. No password travels by mail, so the
 * one that may come with the form is kept nowhere.
 *
 * @refuses email_malformed name_unfit email_taken overloaded
 */
export async function inviteDeveloper(
  deps: Deps,
  caller: Caller,
  form: NewDeveloperForm,
): Promise<DeveloperAnswer> {
  const { companyName = '' } = form
  const account: Account = {
    id: newId(deps),
    email: fitEmail(form.email),
    full_name: fitName(form.fullName),
    company_name: companyName === '' ? '' : fitName(companyName),
    password_hash: await unknownPassword(deps),
    state: 'invited',
    created_at: deps.clock.now(),
  }
  await operated(deps, caller, 'developer.invited', account, async () => {
    if (!(await deps.store.developers.add(account))) throw refuse('email_taken')
  })
  behindTheAnswer(deps, caller, () => mailInvitation(deps, 'developer', account))
  return developerAnswerOf(deps, account.id)
}

/**
 * Changes what is given, all of it fit or none: the name, the address, the password (everybody is signed out), the status.
 *
 * @refuses account_not_found account_closing name_unfit email_malformed email_taken password_unfit request_malformed overloaded
 */
export async function changeDeveloper(
  deps: Deps,
  caller: Caller,
  { who, ...form }: { who: string } & DeveloperChangeForm,
): Promise<DeveloperAnswer> {
  const account = await accountNamed(deps, 'developer', who)
  if (account.state === 'closing') throw refuse('account_closing')
  const full_name = form.fullName ? fitName(form.fullName) : undefined
  const email = form.email ? fitEmail(form.email) : undefined
  const password = form.password || undefined
  if (password !== undefined && !isFitPassword(password)) throw refuse('password_unfit')
  const status = form.status === undefined ? undefined : fitStatus(form.status)
  // It would open nothing, and the owner would be told of a password that does not work.
  if (password !== undefined && account.state === 'invited' && status !== 1)
    throw refuse('request_malformed', {
      description:
        'password: an invited developer chooses it with the link in the mail, unless status 1 comes with it.',
    })

  const { developers } = deps.store
  await operated(deps, caller, 'developer.changed', account, async () => {
    if (email !== undefined && email !== account.email && !(await developers.readdress(account.id, email)))
      throw refuse('email_taken')
    if (full_name !== undefined) await developers.rename(account.id, full_name)
    if (password !== undefined) {
      await developers.setPassword(account.id, await deps.passwords.hash(password))
      behindTheAnswer(deps, caller, () => deps.mailer.send(passwordChangedMail(deps, 'developer', account)))
    }
  })
  if (status === 0) await suspendAccount(deps, caller, { kind: 'developer', who: account.id })
  if (status === 1) await letIn(deps, caller, account)
  return developerAnswerOf(deps, account.id)
}

/** From a suspension, or without waiting for the owner to prove the address. */
async function letIn(deps: Deps, caller: Caller, account: Account): Promise<void> {
  await operated(deps, caller, 'developer.unsuspended', account, async () => {
    await deps.store.administration.resumeAccount('developer', account.id, deps.clock.now())
    await deps.store.developers.open(account.id)
  })
}

function fitEmail(text: string): string {
  const email = parseEmail(text)
  if (email === undefined) throw refuse('email_malformed')
  return email
}

function fitName(text: string): string {
  const name = cleanName(text)
  if (name === undefined) throw refuse('name_unfit')
  return name
}

/** @refuses request_malformed */
function fitStatus(status: number): 0 | 1 {
  if (status === 0 || status === 1) return status
  throw refuse('request_malformed', {
    description: 'status: 0 suspends and 1 lets in; DELETE deletes, and the others are never set by hand.',
  })
}
