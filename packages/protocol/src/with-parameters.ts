/**
 * A redirect URI with these parameters behind it. The URI is taken as text: what it has already, its query included,
 * stays byte for byte. Parameters that are undefined are left out.
 *
 * @source RFC 6749 §3.1.2, §4.1.2 (application/x-www-form-urlencoded, existing query retained)
 */
export function withParameters(
  uri: string,
  parameters: Readonly<Record<string, string | undefined>>,
): string {
  const added = new URLSearchParams()
  for (const [name, value] of Object.entries(parameters)) if (value !== undefined) added.append(name, value)
  if (added.size === 0) return uri
  const end = uri.includes('#') ? uri.indexOf('#') : uri.length
  const before = uri.slice(0, end)
  const joint = !before.includes('?') ? '?' : /[?&]$/.test(before) ? '' : '&'
  return `${before}${joint}${added}${uri.slice(end)}`
}
