/** The `trace_id` in whatever it was copied with: an answer, a log line, an address. */
export function traceIdIn(text: string): string | undefined {
  return /(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])/i.exec(text)?.[0].toLowerCase()
}

export const isTraceId = (text: string): boolean => /^[0-9a-f]{32}$/.test(text)
