/** The system's or driver's code for what went wrong, such as `ECONNREFUSED`; its message may hold an address with its password. */
export function errorCodeOf(thrown: unknown): string | undefined {
  const code = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined
  return typeof code === 'string' ? code : undefined
}

/** The same to be put behind a sentence, such as ` (ECONNREFUSED)`; nothing where there is no code. */
export function codeInBrackets(thrown: unknown): string {
  const code = errorCodeOf(thrown)
  return code === undefined ? '' : ` (${code})`
}
