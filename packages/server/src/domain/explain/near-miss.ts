/**
 * True for texts that one slip of the hand turns into each other: a character changed, added, lost, or two neighbours
 * swapped; or letter case, spaces, quotes or hyphens alone. Linear in their length.
 */
export function nearlySame(one: string, other: string): boolean {
  if (one === other) return false
  return bare(one) === bare(other) || oneSlipApart(one, other)
}

/** What sets two nearly equal texts apart, in a few words. */
export function differenceInWords(sent: string, meant: string): string {
  if (sent.trim() === meant) return 'there are spaces or line breaks around it'
  if (sent.trim().replaceAll(/^["'`]|["'`]$/g, '') === meant) return 'there are quotes around it'
  if (sent.toLowerCase() === meant.toLowerCase()) return 'letter case'
  return `they differ from character ${firstDifference(sent, meant)} on`
}

/** Where two texts begin to differ, counted from 1. */
function firstDifference(one: string, other: string): number {
  let at = 0
  while (at < one.length && one[at] === other[at]) at++
  return at + 1
}

const bare = (text: string): string => text.toLowerCase().replaceAll(/[^a-z0-9]/g, '')

/** One character changed, added, lost, or swapped with its neighbour. */
export function oneSlipApart(one: string, other: string): boolean {
  const [short, long] = one.length <= other.length ? [one, other] : [other, one]
  const at = firstDifference(short, long) - 1
  if (long.length - short.length === 1) return short.slice(at) === long.slice(at + 1)
  if (long.length !== short.length) return false
  if (short.slice(at + 1) === long.slice(at + 1)) return true
  const swapped = short[at] === long[at + 1] && short[at + 1] === long[at]
  return swapped && short.slice(at + 2) === long.slice(at + 2)
}
