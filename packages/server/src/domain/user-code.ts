/** No vowels, so that no words come of it, and nothing that looks like something else. @source RFC 8628 §6.1 */
const letters = 'BCDFGHJKLMNPQRSTVWXZ'
const length = 8

/** What a person reads off a device and types elsewhere: eight letters, 34 random bits. */
export function newUserCode(random: (length: number) => Uint8Array): string {
  let code = ''
  while (code.length < length) {
    // Bytes beyond the last whole multiple of 20 would favour the first letters.
    for (const byte of random(2 * length)) if (byte < 240) code += letters[byte % letters.length]
  }
  return code.slice(0, length)
}

/** As it is shown: in two groups. */
export const shownUserCode = (code: string): string => `${code.slice(0, 4)}-${code.slice(4)}`

/** As it was meant: letter case, hyphens and spaces do not matter. Undefined for what can be none. */
export function parseUserCode(text: string): string | undefined {
  const code = text.replaceAll(/[\s-]/g, '').toUpperCase()
  return code.length === length && [...code].every((letter) => letters.includes(letter)) ? code : undefined
}
