import type { ActivationForm } from '@valetkey/protocol'
import type { Deps } from '../deps.ts'
import type { Account, AccountKind } from '../domain/account.ts'
import { normalizeEmail } from '../domain/email.ts'
import { limitRate } from '../http/limits.ts'
import { tokenHash } from '../ids.ts'
import { refuse } from '../refusals.ts'
import { accountsOf, type Visitor } from './account-kinds.ts'
import { auditVisit } from './audit-visit.ts'
import { giveFirstProject } from './first-project.ts'
import { mailTokenSeconds } from './mail-tokens.ts'
import { activationMail } from './mails.ts'
import { type NewSession, startSession } from './sessions.ts'

/** Part of what makes six digits enough, so it counts even where rate limits are off. */
const triesPerCode = 5

/**
 * Proves an address by its mailed code and signs in.
 *
 * The code alone opens nothing: it belongs to one registration (`signupId`) and so to the password given there. Nobody
 * activates an account under a password somebody else chose for their address. Should the password have been changed
 * meanwhile, the account is open, and its owner signs in.
 *
 * @refuses mail_token_invalid rate_limited
 */
export async function activate(deps: Deps, by: Visitor, form: ActivationForm): Promise<NewSession> {
  const { store, clock } = deps
  const { kind, caller } = by
  await limitRate(deps, 'activation', caller)
  const now = clock.now()
  const account = await accountsOf(deps, kind).findByEmail(normalizeEmail(form.email))
  const { hits } = await store.limits.hit(`activation_tries:${form.signupId}`, mailTokenSeconds, now)
  const token =
    account?.state === 'unverified' && hits <= triesPerCode
      ? await store.mailTokens.take(activationHash(account, form), 'verify_email', kind, now)
      : undefined
  if (account === undefined || token === undefined) {
    auditVisit(deps, by, 'activated', 'failed', account)
    throw refuse('mail_token_invalid')
  }
  await openAccount(deps, kind, account)
  auditVisit(deps, by, 'activated', 'success', account)
  const session = await startSession(deps, by, account)
  if (session === undefined) throw refuse('mail_token_invalid')
  return session
}

/** The address is proven: the account that waited for that can sign in, and a user gets the first project. */
export async function openAccount(deps: Deps, kind: AccountKind, account: Account): Promise<void> {
  const accounts = accountsOf(deps, kind)
  await accounts.prove(account, deps.clock.now())
  if (await accounts.open(account.id)) await giveFirstProject(deps, kind, account.id)
}

/** Makes a code, keeps its hash, mails it. */
export async function mailActivationCode(
  deps: Deps,
  kind: AccountKind,
  account: Account,
  signupId: string,
): Promise<void> {
  const code = String(deps.random(6).readUIntBE(0, 6) % 1_000_000).padStart(6, '0')
  await deps.store.mailTokens.add({
    token_hash: activationHash(account, { signupId, code }),
    kind,
    purpose: 'verify_email',
    account_id: account.id,
    expires_at: deps.clock.now() + mailTokenSeconds,
  })
  await deps.mailer.send(activationMail(deps, kind, account, code))
}

/** `signupId` has 256 bits that only the one who registered holds: without it, a stored hash gives no code away. */
function activationHash(
  { id }: Account,
  { signupId, code }: Pick<ActivationForm, 'signupId' | 'code'>,
): string {
  return tokenHash(`${id}.${signupId}.${code.trim()}`)
}
