import { doors } from '../../accounts/account-kinds.ts'
import type { AccountKind } from '../../domain/account.ts'

const longest = 2048
/** Somewhere in front of us these may be decoded before they are read: control characters, `/` and `\`. */
const hidden = /%(?:[01][\da-f]|7f|2f|5c)/i

/**
 * Where to go after signing in: what was asked for, when it is a page of ours for this kind of account, else its home.
 *
 * Only a path that browsers leave exactly as it stands. They turn `\` into `/`, drop tabs and line breaks, resolve `..`,
 * and take `//host` for another server; whatever they would touch is not what was checked.
 *
 * @source RFC 9700 §4.11 (open redirectors); WHATWG URL §4.4 (basic URL parser)
 */
export function returnPath(kind: AccountKind, asked: unknown): string {
  return typeof asked === 'string' && isPageFor(kind, asked) ? asked : doors[kind].home
}

function isPageFor(kind: AccountKind, asked: string): boolean {
  const own = 'https://own.invalid'
  if (asked.length > longest || !asked.startsWith('/') || !URL.canParse(asked, own)) return false
  const { origin, pathname, search, hash } = new URL(asked, own)
  if (origin !== own || asked !== pathname + search + hash) return false
  if (pathname.includes('//') || hidden.test(pathname) || isBelow('/api', pathname)) return false
  return isBelow('/console', pathname) === (kind === 'developer')
}

const isBelow = (folder: string, path: string): boolean => path === folder || path.startsWith(`${folder}/`)
