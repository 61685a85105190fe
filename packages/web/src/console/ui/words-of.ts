import { Refused, Unreachable } from '../api.ts'

/** An error in words for whoever sits there. */
export function wordsOf(error: unknown): string {
  if (error instanceof Refused) return asSentence(error.message)
  if (error instanceof Unreachable) return error.message
  return 'Something went wrong in this page. Reload it, and tell the operator if it happens again.'
}

/** A capital letter before, a full stop after. */
export function asSentence(words: string): string {
  const begun = capital(words)
  return /[.?:]$|\/\S*$/.test(begun) ? begun : `${begun}.`
}

/** As at the beginning of a line. */
export const capital = (words: string): string => words.charAt(0).toUpperCase() + words.slice(1)
