import type { Dialect } from './authorization-request.ts'
import type { Client } from './client.ts'
import { urlDecoded } from './url-decoded.ts'

/** True when this very string is registered: byte for byte, nothing is normalised. @source RFC 9700 §2.1 */
export function isRegistered(uris: readonly string[], uri: string): boolean {
  return uris.includes(uri)
}

/**
 * The same for a client and its dialect: in the standard one the port of a native app's loopback address may be any, since
 * the app takes whatever is free.
 *
 * @source RFC 8252 §7.3
 */
export function isRegisteredFor(
  { redirect_uris, application_type }: Pick<Client, 'redirect_uris' | 'application_type'>,
  redirect_uri: string,
  dialect: Dialect = 'standard',
): boolean {
  if (isRegistered(redirect_uris, redirect_uri)) return true
  const anyPort = dialect === 'standard' && application_type === 'native'
  const asked = anyPort ? withoutPort(redirect_uri) : undefined
  return asked !== undefined && redirect_uris.some((uri) => withoutPort(uri) === asked)
}

/** A loopback address of `http` without its port; undefined for any other text. */
function withoutPort(uri: string): string | undefined {
  const [, origin, rest] =
    /^(http:\/\/(?:127\.0\.0\.1|\[::1\]))(?::[1-9]\d{0,4})?((?:[/?].*)?)$/.exec(uri) ?? []
  return origin === undefined || !URL.canParse(uri) ? undefined : `${origin}${rest}`
}

/**
 * How a redirect URI differs from the one expected, in words for the client's owner: `trailing slash`,
 * `http for https`, `port 3000 for 3001`, `letter case`, `host`, `query`. Repeats nothing of either but those.
 */
export function redirectUriDifference(sent: string, expected: string): string {
  if (sent === expected) return 'none'
  if (sent.trim() === expected.trim()) return 'spaces around it'
  if (sent.toLowerCase() === expected.toLowerCase()) return 'letter case'
  if (urlDecoded(sent) === expected) return 'percent-encoded once too often'
  const [is, should] = [URL.parse(sent), URL.parse(expected)]
  if (is === null) return 'not an absolute URL'
  if (should === null) return 'another URL'
  const differences = [
    is.protocol === should.protocol ? '' : schemes(is, should),
    is.username + is.password === should.username + should.password ? '' : 'user info',
    is.hostname === should.hostname ? '' : 'host',
    is.port === should.port ? '' : `port ${is.port || 'default'} for ${should.port || 'default'}`,
    is.pathname === should.pathname ? '' : paths(is.pathname, should.pathname),
    is.search === should.search ? '' : 'query',
    is.hash === should.hash ? '' : 'fragment',
  ].filter((difference) => difference !== '')
  return differences.length === 0 ? 'spelling: both lead to the same address' : differences.join(', ')
}

function schemes(is: URL, should: URL): string {
  const known = ['http:', 'https:']
  const told = known.includes(is.protocol) && known.includes(should.protocol)
  return told ? `${is.protocol.slice(0, -1)} for ${should.protocol.slice(0, -1)}` : 'scheme'
}

function paths(is: string, should: string): string {
  if (is === `${should}/` || `${is}/` === should) return 'trailing slash'
  return is.toLowerCase() === should.toLowerCase() ? 'letter case' : 'path'
}
