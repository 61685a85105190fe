import { timingSafeEqual } from 'node:crypto'
import type { Deps } from '../../deps.ts'
import type { Session } from '../../domain/session.ts'

type Bound = Pick<Session, 'token_hash'>

/**
 * What a page of ours puts into its form: good for one session and one authorization request. Base64url, 43 characters.
 *
 * @source RFC 6749 §10.12
 */
export const formToken = ({ sealer }: Pick<Deps, 'sealer'>, session: Bound, request_id: string): string =>
  sealer.tag('consent-form', [session.token_hash, request_id]).toString('base64url')

/** Whether the form came from that page, under whichever master key; compares in constant time. */
export function isFormToken(
  { sealer }: Pick<Deps, 'sealer'>,
  session: Bound,
  request_id: string,
  sent: string,
): boolean {
  const is = Buffer.from(sent)
  return sealer
    .tags('consent-form', [session.token_hash, request_id])
    .map((tag) => Buffer.from(tag.toString('base64url')))
    .some((should) => is.length === should.length && timingSafeEqual(is, should))
}
