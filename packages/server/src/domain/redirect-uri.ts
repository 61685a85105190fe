import { urlDecoded } from './url-decoded.ts'

/** The longest redirect URI a client may register, in characters. */
export const maxRedirectUriLength = 2048

export type RedirectUriCheck = { readonly ok: true } | { readonly ok: false; readonly problem: string }

/**
 * Whether a redirect URI may be registered; the one rule for every way to register one.
 *
 * Accepted are `https`, `http` on the loopback (`localhost`, `127.0.0.1`, `[::1]`), and private-use schemes with a dot
 * (`com.example.app:/callback`). It must be written as a URL parser writes it, since later it is compared as a string
 * and browsers go where the parser says; only the slash after a bare `https://host` may be missing. `problem` is in
 * public words and, where there is one, ends with the form to register.
 *
 * @source RFC 6749 §3.1.2, RFC 8252 §7.1 and §7.3, RFC 9700 §2.1 and §4.1.3
 */
export function checkRedirectUri(uri: string): RedirectUriCheck {
  const problem = problemOf(uri)
  if (problem === undefined) return { ok: true }
  const form = registrableForm(uri)
  return { ok: false, problem: form === undefined ? problem : `${problem}; register ${form}` }
}

/** True when this very string is registered: byte for byte, nothing is normalised. @source RFC 9700 §2.1 */
export function isRegistered(uris: readonly string[], uri: string): boolean {
  return uris.includes(uri)
}

/** What must not be in the text, whatever a parser would make of it; the first that is found is told. */
const spellings: readonly (readonly [wrong: RegExp, problem: string])[] = [
  [/^\s|\s$/, 'a redirect URI has no spaces before or after it'],
  [
    /[^\x20-\x7e]/,
    'a redirect URI has ASCII characters only, no control characters; others are percent-encoded',
  ],
  [
    /[ "<>\\^`{|}]/,
    'a redirect URI has no spaces, quotes, backslashes or other characters that a URL must percent-encode',
  ],
  [/#/, 'a redirect URI has no fragment (the part after #)'],
  [/\*/, 'a redirect URI has no wildcards: register each one in full'],
  [/%(?![0-9a-f]{2})/i, 'a percent sign in a redirect URI is followed by two hex digits'],
  [/%(?:[01][0-9a-f]|7f)/i, 'a redirect URI has no percent-encoded control characters'],
]

const loopback: readonly string[] = ['localhost', '127.0.0.1', '[::1]']
const privateUse = /^[a-z][a-z0-9+-]*(?:\.[a-z0-9+-]+)+$/

function problemOf(uri: string): string | undefined {
  if (uri.length > maxRedirectUriLength)
    return `a redirect URI has at most ${maxRedirectUriLength} characters`
  const misspelt = spellings.find(([wrong]) => wrong.test(uri))
  if (misspelt !== undefined) return misspelt[1]
  const url = URL.parse(uri)
  if (url === null) return 'a redirect URI is an absolute URL such as https://example.com/callback'
  return problemOfScheme(uri, url) ?? problemOfForm(uri, url)
}

function problemOfScheme(uri: string, { protocol, hostname }: URL): string | undefined {
  const scheme = protocol.slice(0, -1)
  if (scheme === 'https') return undefined
  if (scheme === 'http') {
    return loopback.includes(hostname)
      ? undefined
      : 'http is for localhost, 127.0.0.1 and [::1] only; every other host needs https'
  }
  if (!privateUse.test(scheme)) {
    return 'a redirect URI uses https, http on localhost, or a private-use scheme with a dot such as com.example.app:/callback'
  }
  return uri.startsWith('/', protocol.length)
    ? undefined
    : 'a private-use scheme is followed by a slash, as in com.example.app:/callback'
}

function problemOfForm(uri: string, { href, username, password }: URL): string | undefined {
  if (username !== '' || password !== '') return 'a redirect URI has no user name or password before its host'
  return href === uri || href === `${uri}/`
    ? undefined
    : 'a redirect URI is written as browsers write it: lower-case scheme and host, no default port, no . or .. in the path'
}

/** What a URL parser makes of it, when that could be registered and is short enough to be told. */
function registrableForm(uri: string): string | undefined {
  const href = URL.parse(uri)?.href
  return href !== undefined && href !== uri && href.length <= 300 && problemOf(href) === undefined
    ? href
    : undefined
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
