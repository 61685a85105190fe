import { passwordLength } from '@valetkey/protocol'

/** Whether a new password has 8 to 64 characters (code points). What they are is nobody's business. */
export function isFitPassword(password: string): boolean {
  const length = [...password].length
  return length >= passwordLength.min && length <= passwordLength.max
}

/** What is said of a new password that the account has already. */
export const notAnother = 'Choose one that you do not have now.'
