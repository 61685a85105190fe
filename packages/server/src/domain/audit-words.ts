import type { AuditEvent } from './audit-event.ts'

interface AuditWords {
  /** What users filter by: the contract's name where it has one, else ours in the same spelling. */
  readonly name: string
  readonly success: string
  readonly failed: string
}

/** What users read of an event. `{app}` stands for the client whose request or access it is about. */
const words: Readonly<Record<string, AuditWords>> = {
  'oauth.requested': {
    name: 'OAUTH2_REQUEST',
    success: '{app} asked for access to your storage.',
    failed: '{app} tried to ask for access to your storage.',
  },
  'oauth.approved': {
    name: 'OAUTH2_CONSENT',
    success: 'You gave {app} access to your storage.',
    failed: 'You tried to give {app} access to your storage, and it did not count.',
  },
  'oauth.rejected': {
    name: 'OAUTH2_CONSENT',
    success: 'You refused {app} access to your storage.',
    failed: 'You tried to refuse {app} access to your storage, and it did not count.',
  },
  'oauth.redeemed': {
    name: 'OAUTH2_TOKEN',
    success: 'The access you gave {app} was handed out.',
    failed: 'An attempt to collect the access you gave {app} was turned down.',
  },
  'access.given_back': {
    name: 'OAUTH2_REVOKE',
    success: '{app} gave back the access you gave it.',
    failed: '{app} tried to give back the access you gave it.',
  },
  'access.reused': {
    name: 'OAUTH2_REFRESH_REUSED',
    success: 'A key with which {app} renews its access was used twice, so its access was ended.',
    failed: 'A key with which {app} renews its access was used twice.',
  },
  'access.revoked': {
    name: 'DEVELOPER_ACCESS_REVOKE',
    success: 'You ended all access of {app}.',
    failed: 'You tried to end the access of {app}, and nothing ended.',
  },
  'user.registered': {
    name: 'USER_REGISTERED',
    success: 'Your account was opened.',
    failed: 'Your account could not be opened.',
  },
  'user.activated': {
    name: 'USER_ACTIVATED',
    success: 'Your e-mail address was confirmed.',
    failed: 'A wrong or expired code was given for your e-mail address.',
  },
  'user.signed_in': {
    name: 'USER_SIGNED_IN',
    success: 'You signed in.',
    failed: 'Somebody tried to sign in to your account.',
  },
  'user.signed_out': {
    name: 'USER_SIGNED_OUT',
    success: 'You signed out.',
    failed: 'You tried to sign out.',
  },
  'user.signed_out_everywhere': {
    name: 'USER_SIGNED_OUT_EVERYWHERE',
    success: 'You signed out everywhere.',
    failed: 'You tried to sign out everywhere.',
  },
  'user.session_ended': {
    name: 'USER_SESSION_ENDED',
    success: 'You ended one of your sessions.',
    failed: 'You tried to end a session, and none ended.',
  },
  'user.renamed': {
    name: 'USER_RENAMED',
    success: 'You changed your name.',
    failed: 'You tried to change your name.',
  },
  'user.password_changed': {
    name: 'USER_PASSWORD_CHANGED',
    success: 'You changed your password.',
    failed: 'You tried to change your password, and it stayed as it was.',
  },
  'user.password_reset_requested': {
    name: 'USER_PASSWORD_RESET_REQUESTED',
    success: 'A token to choose a new password with was mailed to you.',
    failed: 'A token to choose a new password with was asked for and not sent.',
  },
  'user.password_reset': {
    name: 'USER_PASSWORD_RESET',
    success: 'A new password was chosen with the mailed token.',
    failed: 'A mailed token to choose a new password with was turned down.',
  },
  'user.exported': {
    name: 'USER_EXPORTED',
    success: 'All that is kept about you was exported.',
    failed: 'An export of all that is kept about you was begun and not finished.',
  },
  'user.suspended': {
    name: 'USER_SUSPENDED',
    success: 'The operator of this server suspended your account.',
    failed: 'The operator of this server tried to suspend your account.',
  },
  'user.unsuspended': {
    name: 'USER_UNSUSPENDED',
    success: 'The operator of this server let you in again.',
    failed: 'The operator of this server tried to let you in again.',
  },
  'user.deleted': {
    name: 'USER_DELETED',
    success: 'Your account was deleted.',
    failed: 'Your account was to be deleted, and was not.',
  },
  'project.created': {
    name: 'PROJECT_CREATED',
    success: 'You made a project.',
    failed: 'You tried to make a project.',
  },
}

const outcomes = ['success', 'failed'] as const

/** Every name users may filter by, once. */
export const auditNames: readonly string[] = [...new Set(Object.values(words).map(({ name }) => name))]

/** The name and the sentence of an event. Without a row here, it is told as it is recorded. */
export function auditWords(
  { action, outcome }: Pick<AuditEvent, 'action' | 'outcome'>,
  app_name: string | null,
): { name: string; message: string } {
  const row = words[action]
  if (row === undefined) return { name: action, message: `${action}: ${outcome}.` }
  const app = app_name === null ? 'an app' : `the app "${app_name}"`
  const sentence = row[outcome].replace('{app}', () => app)
  return { name: row.name, message: sentence.charAt(0).toUpperCase() + sentence.slice(1) }
}

/** The actions behind a name. */
export function actionsNamed(name: string): readonly string[] {
  const actions = Object.keys(words).filter((action) => words[action]?.name === name)
  return actions.length === 0 ? [name] : actions
}

/** The kinds of event with this text in their name or sentence, letter case aside. */
export function kindsThatSay(text: string): readonly Pick<AuditEvent, 'action' | 'outcome'>[] {
  const wanted = text.toLowerCase()
  return Object.keys(words)
    .flatMap((action) => outcomes.map((outcome) => ({ action, outcome })))
    .filter((kind) => {
      const { name, message } = auditWords(kind, null)
      return [name, message].some((said) => said.toLowerCase().includes(wanted))
    })
}
