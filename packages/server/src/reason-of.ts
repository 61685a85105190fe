/** The system's or driver's code for what went wrong, such as ` (ECONNREFUSED)`; its message may hold an address with its password. */
export function reasonOf(cause: unknown): string {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
  return typeof code === 'string' ? ` (${code})` : ''
}
