import { hash, timingSafeEqual } from 'node:crypto'

/** 43 to 128 unreserved characters. @source RFC 7636 §4.1 */
const verifierForm = /^[A-Za-z0-9\-._~]{43,128}$/

/** True for a text of the form that RFC 7636 asks of a verifier. */
export const isVerifier = (text: string): boolean => verifierForm.test(text)

/** True when the S256 digest of the verifier is the challenge. `plain` is never offered; compares in constant time. @source RFC 7636 §4.6 */
export function provesPossession(code_verifier: string, code_challenge: string): boolean {
  if (!isVerifier(code_verifier)) return false
  const digest = Buffer.from(hash('sha256', code_verifier, 'base64url'))
  const challenge = Buffer.from(code_challenge)
  return digest.length === challenge.length && timingSafeEqual(digest, challenge)
}
