/** One label of a host name, internationalized ones included. */
const label = '[\\p{L}\\p{N}](?:[\\p{L}\\p{N}\\p{M}-]{0,61}[\\p{L}\\p{N}\\p{M}])?'
/** Dot-atom local part of at most 64 characters, then a host name. @source RFC 5321 §4.1.2, §4.5.3.1; RFC 6531 §3.3 */
const shape = new RegExp(
  `^(?=.{1,64}@)[\\p{L}\\p{N}\\p{M}!#$%&'*+/=?^_\`{|}~-]+(?:\\.[\\p{L}\\p{N}\\p{M}!#$%&'*+/=?^_\`{|}~-]+)*@${label}(?:\\.${label})*$`,
  'u',
)

/** The normalized address, at most 254 bytes, or undefined when the text is not of the form name@host. */
export function parseEmail(text: string): string | undefined {
  const email = normalizeEmail(text)
  return Buffer.byteLength(email) <= 254 && shape.test(email) ? email : undefined
}

/** The form under which an address is unique: NFKC, trimmed, lower case. */
export function normalizeEmail(email: string): string {
  return email.normalize('NFKC').trim().toLowerCase()
}
