import type { Mail } from './deps.ts'

/** Who gets it, and by which name they are greeted, if by any. */
export interface Addressee {
  readonly email: string
  readonly full_name?: string
}

/** A mail as all of ours look. */
export const letter = (
  { email, full_name }: Addressee,
  subject: string,
  paragraphs: readonly string[],
): Mail => ({
  to: email,
  subject,
  text: `${[full_name === undefined ? 'Hello,' : `Hello ${full_name},`, ...paragraphs, 'Valetkey'].join('\n\n')}\n`,
})
