/** Longest name of a person, client or project, in characters (code points) after normalization. */
export const maxNameLength = 64

/**
 * What a name must not hold, since it shows one thing and means another: control, format, private-use, unassigned and
 * surrogate code points, line separators, whatever is drawn as nothing (zero-width and bidi characters, variation
 * selectors, fillers), and the blank Braille pattern.
 */
const unclean = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]/u

/**
 * The name as it is kept: NFC, without spaces around it, 1 to 64 characters. Undefined when it is empty, too long, or
 * holds a character that nobody sees, even at its ends.
 */
export function cleanName(text: string): string | undefined {
  const normalized = text.normalize('NFC')
  const name = normalized.trim()
  const length = [...name].length
  return length >= 1 && length <= maxNameLength && !unclean.test(normalized) ? name : undefined
}
