import { urlDecoded } from './url-decoded.ts'

/** True when this very string is registered: byte for byte, nothing is normalised. @source RFC 9700 §2.1 */
export function isRegistered(uris: readonly string[], uri: string): boolean {
  return uris.includes(uri)
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
