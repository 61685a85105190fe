/** A time of the API as a field for local date and time has it: `2026-01-31T12:00`; empty without one. */
export function localField(at: string | undefined): string {
  if (at === undefined) return ''
  const time = new Date(at)
  return new Date(time.getTime() - time.getTimezoneOffset() * 60_000).toISOString().slice(0, 16)
}

/** The same back; undefined for a field that is empty or half filled. */
export function ofLocalField(text: string): string | undefined {
  const time = new Date(text)
  return Number.isNaN(time.getTime()) ? undefined : time.toISOString()
}
