import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Acting } from '../audited.ts'
import type { Deps } from '../deps.ts'
import type { AccountKind } from '../domain/account.ts'
import { tokenHash } from '../ids.ts'
import { refuse } from '../refusals.ts'
import { callerOf } from './caller.ts'
import { limitRate } from './limits.ts'

/** Two doors, two cookies; their names are those StorX clients know. */
export const cookieNames: Record<AccountKind, string> = {
  developer: '_developer_tokenKey',
  user: '_tokenKey',
}

/**
 * Who is signed in here, by `Authorization: Bearer` or by cookie.
 *
 * A cookie travels by itself, so with one, whatever changes state must come from our own pages.
 *
 * @refuses not_signed_in origin_foreign rate_limited
 */
export async function signedIn(deps: Deps, request: FastifyRequest, kind: AccountKind): Promise<Acting> {
  const found = await whoIsHere(deps, request, kind)
  if (found !== undefined) return found
  // Each try asks the database; only tries wait for tries.
  await limitRate(deps, 'no_session', callerOf(request))
  throw refuse('not_signed_in')
}

/** The same for pages, which greet a stranger with a page of their own: nobody is undefined. @refuses origin_foreign */
export async function whoIsHere(
  deps: Deps,
  request: FastifyRequest,
  kind: AccountKind,
): Promise<Acting | undefined> {
  const bearer = /^Bearer ([A-Za-z0-9_-]{43})$/i.exec(request.headers.authorization ?? '')?.[1]
  const token = bearer ?? request.cookies[cookieNames[kind]]
  if (token === undefined) return undefined
  if (bearer === undefined) refuseForeignPages(deps, request)
  const found = await deps.store.sessions.find(tokenHash(token), kind, deps.clock.now())
  return found && { kind, caller: callerOf(request), ...found }
}

/** @source OWASP CSRF prevention: Fetch Metadata first, Origin as well; other programs than browsers send neither */
export function refuseForeignPages(deps: Pick<Deps, 'settings'>, request: FastifyRequest): void {
  if (request.method === 'GET' || request.method === 'HEAD') return
  const site = request.headers['sec-fetch-site']
  if (site !== undefined && site !== 'same-origin' && site !== 'none') throw refuse('origin_foreign')
  const { origin } = request.headers
  if (origin !== undefined && !ownOrigins(deps.settings.public_url).includes(origin))
    throw refuse('origin_foreign')
}

/** On a laptop the three names of the loopback are one place. */
function ownOrigins(public_url: string): string[] {
  const { hostname, protocol, port } = new URL(public_url)
  if (hostname !== 'localhost') return [public_url]
  return ['localhost', '127.0.0.1', '[::1]'].map(
    (name) => `${protocol}//${name}${port === '' ? '' : `:${port}`}`,
  )
}

export function setSessionCookie(
  deps: Pick<Deps, 'settings'>,
  reply: FastifyReply,
  kind: AccountKind,
  token: string,
  expires_at: number,
): void {
  reply.setCookie(cookieNames[kind], token, { ...cookieOptions(deps), expires: new Date(expires_at * 1000) })
}

export function clearSessionCookie(
  deps: Pick<Deps, 'settings'>,
  reply: FastifyReply,
  kind: AccountKind,
): void {
  reply.clearCookie(cookieNames[kind], cookieOptions(deps))
}

const cookieOptions = ({ settings }: Pick<Deps, 'settings'>) =>
  ({ path: '/', httpOnly: true, sameSite: 'lax', secure: settings.public_url.startsWith('https:') }) as const
