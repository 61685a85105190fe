/** The system's code for what went wrong, such as `ECONNREFUSED`. */
export function errorCodeOf(thrown: unknown): string | undefined {
  const code = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined
  return typeof code === 'string' ? code : undefined
}
