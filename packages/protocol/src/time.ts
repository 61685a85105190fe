export const secondsPerDay = 86_400

/** Epoch seconds as the contract's clients read them: `2026-01-31T12:00:00Z`. @source RFC 3339 */
export function rfc3339(seconds: number): string {
  return `${new Date(seconds * 1000).toISOString().slice(0, -5)}Z`
}

/** The same for what may not have happened yet. */
export const rfc3339OrNull = (seconds: number | null | undefined): string | null =>
  seconds == null ? null : rfc3339(seconds)

/** The first whole epoch second that is not before this time, for ranges that include their ends. */
export function firstSecond(datetime: string): number {
  return Math.ceil(Date.parse(datetime) / 1000)
}

/** The last whole epoch second that is not after this time. */
export function lastSecond(datetime: string): number {
  return Math.floor(Date.parse(datetime) / 1000)
}

/** `312 s`, `17 min`, `3 h`, `40 days`: the largest unit that keeps two digits. */
export function durationInWords(seconds: number): string {
  if (seconds < 600) return `${seconds} s`
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`
  if (seconds < 172_800) return `${Math.round(seconds / 3600)} h`
  return `${Math.round(seconds / secondsPerDay)} days`
}

/** `1 second`, `89 seconds`, `2 minutes`: how long to wait, rounded up. */
export function waitInWords(seconds: number): string {
  const [count, unit] =
    seconds < 90 ? [Math.max(1, Math.ceil(seconds)), 'second'] : [Math.ceil(seconds / 60), 'minute']
  return `${count} ${unit}${count === 1 ? '' : 's'}`
}
