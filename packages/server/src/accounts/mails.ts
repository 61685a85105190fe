import type { Caller, Deps, Mail } from '../deps.ts'
import type { Account, AccountKind } from '../domain/account.ts'

type Addressee = Pick<Account, 'email' | 'full_name'>
type Links = Pick<Deps, 'settings'>

/** Mailed codes and links work for a day. */
export const mailTokenSeconds = 24 * 3600

/**
 * Does this after the answer has left, so that neither its time nor its failure shows whether an account exists. What
 * fails is logged by name and code alone: messages of mail servers repeat addresses.
 */
export function behindTheAnswer(
  deps: Pick<Deps, 'log'>,
  { trace_id }: Caller,
  work: () => Promise<void>,
): void {
  setImmediate(() => {
    work().catch((thrown: unknown) => {
      const { name, code } =
        thrown instanceof Error ? (thrown as NodeJS.ErrnoException) : { name: typeof thrown, code: undefined }
      deps.log.error('mail_failed', { trace_id, error: name, ...(code === undefined ? {} : { code }) })
    })
  })
}

export const resetMail = ({ settings }: Links, kind: AccountKind, to: Addressee, token: string): Mail => ({
  to: to.email,
  subject: 'Choose a new Valetkey password',
  text: letter(to, [
    `somebody, hopefully you, wants to choose a new password for your Valetkey ${kind} account. Open this page:`,
    `${settings.public_url}${kind === 'developer' ? '/developer' : ''}/reset-password?token=${token}`,
    `Or give this token to the API (reset-password-with-token):\n\n${token}`,
    'It works once, within 24 hours. If it was not you, ignore this mail: your password stays as it is.',
  ]),
})

export const activationMail = (kind: AccountKind, to: Addressee, code: string): Mail => ({
  to: to.email,
  subject: 'Your Valetkey activation code',
  text: letter(to, [
    `your code to activate the Valetkey ${kind} account is`,
    code,
    'Enter it where you registered, within 24 hours. If you did not register, ignore this mail.',
  ]),
})

export const alreadyRegisteredMail = ({ settings }: Links, kind: AccountKind, to: Addressee): Mail => ({
  to: to.email,
  subject: 'You have a Valetkey account already',
  text: letter(to, [
    `somebody, hopefully you, tried to register a Valetkey ${kind} account with this address, which has one. Nothing has changed.`,
    `Sign in at ${settings.public_url}, or ask there for a new password if you have forgotten yours.`,
  ]),
})

export const passwordChangedMail = ({ settings }: Links, kind: AccountKind, to: Addressee): Mail => ({
  to: to.email,
  subject: 'Your Valetkey password was changed',
  text: letter(to, [
    `the password of your Valetkey ${kind} account was changed, and everybody was signed out.`,
    `If it was not you, choose a new one at once: ${settings.public_url}`,
  ]),
})

const letter = (to: Addressee, paragraphs: readonly string[]): string =>
  [`Hello ${to.full_name},`, ...paragraphs, 'Valetkey', ''].join('\n\n').trimEnd().concat('\n')
