/** In the reader's time zone, and in the language of everything around it. */
const localForm = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'short' })
const exactForm = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'medium' })
const relativeForm = new Intl.RelativeTimeFormat('en', { numeric: 'auto' })

export const localTime = (at: string, seconds = false): string =>
  (seconds ? exactForm : localForm).format(new Date(at))

const units: readonly (readonly [unit: Intl.RelativeTimeFormatUnit, seconds: number])[] = [
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
]

/** `3 hours ago`, `in 2 days`, `now`; `now` is in milliseconds. */
export function agoInWords(at: string, now: number): string {
  const seconds = Math.round((Date.parse(at) - now) / 1000)
  for (const [unit, length] of units)
    if (Math.abs(seconds) >= length) return relativeForm.format(Math.trunc(seconds / length), unit)
  return Math.abs(seconds) < 5 ? 'now' : relativeForm.format(seconds, 'second')
}
