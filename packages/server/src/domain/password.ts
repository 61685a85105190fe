/** Whether a new password has 8 to 64 characters (code points). What they are is nobody's business. */
export function isFitPassword(password: string): boolean {
  const length = [...password].length
  return length >= 8 && length <= 64
}
