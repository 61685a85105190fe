import { errorCodeOf } from '../error-code.ts'

/** What one check found. */
export interface Check {
  readonly name: string
  /** `doubtful` is what works and may still be a mistake; `open` is what cannot be said yet. */
  readonly result: 'fine' | 'doubtful' | 'wrong' | 'open'
  readonly said: string
  /** What to do about it, in a line. */
  readonly fix?: string
}

export type Finding = Omit<Check, 'name'>

export const fine = (said: string): Finding => ({ result: 'fine', said })
export const open = (said: string): Finding => ({ result: 'open', said })
export const wrong = (said: string, fix?: string): Finding => withFix('wrong', said, fix)
export const doubtful = (said: string, fix: string): Finding => withFix('doubtful', said, fix)

const withFix = (result: Finding['result'], said: string, fix?: string): Finding => ({
  result,
  said,
  ...(fix === undefined ? {} : { fix }),
})

/** The causes below a message say what to do: "cannot be used: unable to open database file". */
export function wrongBecause(thrown: unknown): Finding {
  if (!(thrown instanceof Error)) return wrong(String(thrown))
  const { cause } = thrown
  return wrong(
    cause instanceof Error && cause.message !== '' && !thrown.message.includes(cause.message)
      ? `${thrown.message}: ${cause.message}`
      : thrown.message,
  )
}

/** What happened to a connection or a request, without the address, which may hold a password. */
export function codeOf(thrown: unknown): string {
  for (let error = thrown; error instanceof Error; error = error.cause) {
    const code = errorCodeOf(error)
    if (code !== undefined) return code
    if (error.name === 'TimeoutError') return 'it took too long'
  }
  return thrown instanceof Error ? thrown.name : typeof thrown
}

/** Numbers of bytes as people read them. */
export function bytes(count: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB']
  const at = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(1, count)) / 3)))
  const value = count / 1000 ** at
  return `${value < 10 && at > 0 ? value.toFixed(1) : Math.round(value)} ${units[at]}`
}
