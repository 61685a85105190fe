/** Epoch seconds as the contract's clients read them: `2026-01-31T12:00:00Z`. @source RFC 3339 */
export function rfc3339(seconds: number): string {
  return `${new Date(seconds * 1000).toISOString().slice(0, -5)}Z`
}
