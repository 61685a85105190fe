import type { Caller, Deps, Mail } from '../deps.ts'
import type { AccountKind } from '../domain/account.ts'
import { type Addressee, letter } from '../letter.ts'
import { doors, signInAddress } from './account-kinds.ts'

/**
 * Does this after the answer has left, so that neither its time nor its failure shows whether an account exists. A stop
 * waits for it.
 */
export function behindTheAnswer(
  { background }: Pick<Deps, 'background'>,
  { trace_id }: Pick<Caller, 'trace_id'>,
  work: () => Promise<void>,
): void {
  background.run('mail_failed', { trace_id }, work)
}

/** The token stands behind the `#`: a browser keeps that to itself, so no server, proxy or log ever sees it in an address. */
export const resetMail = (
  { settings }: Pick<Deps, 'settings'>,
  kind: AccountKind,
  to: Addressee,
  token: string,
): Mail =>
  letter(to, 'Choose a new Valetkey password', [
    `somebody, hopefully you, wants to choose a new password for your Valetkey ${kind} account. This page takes it:`,
    `${settings.public_url}${doors[kind].pages}/reset-password#token=${token}`,
    `Without a browser, send what follows "token=" to the API: POST ${doors[kind].api}/reset-password-with-token, {"token": "…", "newPassword": "…"}.`,
    'It works once, within 24 hours. If it was not you, ignore this mail: your password stays as it is.',
  ])

const signInPage = ({ settings }: Pick<Deps, 'settings'>, kind: AccountKind): string =>
  `${settings.public_url}${signInAddress(kind)}`

/** Without a name: anybody can register somebody else's address, and would choose the words. */
export const activationMail = (
  deps: Pick<Deps, 'settings'>,
  kind: AccountKind,
  { email }: Addressee,
  code: string,
): Mail =>
  letter({ email }, 'Your Valetkey activation code', [
    `your code to activate the Valetkey ${kind} account is`,
    code,
    'Enter it where you registered, within 24 hours. If you did not register, ignore this mail.',
    `From then on you sign in here: ${signInPage(deps, kind)}`,
  ])

export const alreadyRegisteredMail = (deps: Pick<Deps, 'settings'>, kind: AccountKind, to: Addressee): Mail =>
  letter(to, 'You have a Valetkey account already', [
    `somebody, hopefully you, tried to register a Valetkey ${kind} account with this address, which has one. Nothing has changed.`,
    `Sign in with it, or ask for a new password there if you have forgotten yours: ${signInPage(deps, kind)}`,
  ])

export const invitationMail = (
  { settings }: Pick<Deps, 'settings'>,
  kind: AccountKind,
  to: Addressee,
  token: string,
): Mail =>
  letter(to, 'Your Valetkey account waits for you', [
    `the operator of ${settings.public_url} made a Valetkey ${kind} account for you. Choose its password here, and it opens:`,
    `${settings.public_url}${doors[kind].pages}/reset-password#token=${token}`,
    `The link works once, within 24 hours. Later, ask for a new password where you sign in: ${signInPage({ settings }, kind)}`,
  ])

export const deletedMail = (kind: AccountKind, to: Addressee): Mail =>
  letter(to, 'Your Valetkey account was deleted', [
    `your Valetkey ${kind} account was deleted, with all access that apps had. It cannot be brought back; you may open a new one with this address.`,
    'If it was not you who asked for it, tell the operator of the server.',
  ])

export const passwordChangedMail = (deps: Pick<Deps, 'settings'>, kind: AccountKind, to: Addressee): Mail =>
  letter(to, 'Your Valetkey password was changed', [
    `the password of your Valetkey ${kind} account was changed, and everybody was signed out.`,
    `Sign in with the new one here: ${signInPage(deps, kind)}`,
    'If it was not you, ask for a new one there at once: that ends whatever somebody else may have opened.',
  ])
