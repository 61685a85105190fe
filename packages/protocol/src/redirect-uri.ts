import type { ClientApplicationType } from './client-kind.ts'

/** The longest redirect URI a client may register, in characters. */
export const maxRedirectUriLength = 2048

/** So many may be registered for one client. */
export const maxRedirectUris = 20

export type RedirectUriCheck =
  | { readonly ok: true }
  | {
      readonly ok: false
      /** Public words; ends with `form` where there is one. */
      readonly problem: string
      /** How it is to be written, when that could be registered. */
      readonly form?: string
    }

/**
 * Whether a redirect URI may be registered; the one rule for every way to register one.
 *
 * Accepted are `https`, `http` on the loopback (`localhost`, `127.0.0.1`, `[::1]`), and private-use schemes with a dot
 * (`com.example.app:/callback`), those for native clients alone where the type is said. It must be written as a URL parser writes it, since later it is compared as a string
 * and browsers go where the parser says; only the slash after a bare `https://host` may be missing.
 *
 * @source RFC 6749 §3.1.2, RFC 8252 §7.1 and §7.3, RFC 9700 §2.1 and §4.1.3
 */
export function checkRedirectUri(uri: string, type?: ClientApplicationType): RedirectUriCheck {
  const problem = problemOf(uri) ?? problemOfType(uri, type)
  if (problem === undefined) return { ok: true }
  const form = registrableForm(uri, type)
  return form === undefined
    ? { ok: false, problem }
    : { ok: false, problem: `${problem}; register ${form}`, form }
}

/** True when the address is among them, if only in another letter case: no two that people would mix up are registered. */
export function isDuplicate(uris: readonly string[], uri: string): boolean {
  return uris.some((known) => known.toLowerCase() === uri.toLowerCase())
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

/** No page and no server is opened by a scheme that an app claims on its user's machine. @source RFC 8252 §7.1 */
function problemOfType(uri: string, type: ClientApplicationType | undefined): string | undefined {
  return type === undefined || type === 'native' || /^https?:/.test(uri)
    ? undefined
    : 'a private-use scheme is for native apps: register the client with application_type native, or use https'
}

function problemOfForm(uri: string, { href, username, password }: URL): string | undefined {
  if (username !== '' || password !== '') return 'a redirect URI has no user name or password before its host'
  return href === uri || href === `${uri}/`
    ? undefined
    : 'a redirect URI is written as browsers write it: lower-case scheme and host, no default port, no . or .. in the path'
}

/** What a URL parser makes of it, when that could be registered and is short enough to be told. */
function registrableForm(uri: string, type: ClientApplicationType | undefined): string | undefined {
  const href = URL.parse(uri)?.href
  if (href === undefined || href === uri || href.length > 300) return undefined
  return problemOf(href) === undefined && problemOfType(href, type) === undefined ? href : undefined
}
