import { actionsLeft } from '@valetkey/access-grant'
import {
  authorizationDetailsOf,
  type IntrospectionAnswer,
  parseScopes,
  scopesOf,
  scopeTextOf,
} from '@valetkey/protocol'
import type { Deps } from '../deps.ts'
import type { Proof } from '../domain/client-proof.ts'
import { failed } from '../domain/verdict.ts'
import { needed, type Parameters } from '../http/form-body.ts'
import { authenticateClient, clientAlone } from './authenticate-client.ts'
import { findPresentedToken, type PresentedToken } from './presented-token.ts'
import type { Trace } from './trace.ts'

/**
 * What a token is good for now, told to the client it was issued to and to the storage gateways of the operator. Of all
 * others, and of what is over, it says that it is not active, and no more.
 *
 * @source RFC 7662 §2
 * @refuses request_malformed credentials_missing
 */
export async function introspectToken(
  deps: Deps,
  proof: Proof,
  parameters: Parameters,
  trace: Trace,
): Promise<IntrospectionAnswer> {
  const now = deps.clock.now()
  if (proof.how === 'none')
    trace.must('fetch_client', failed('proof_missing', { client_id: proof.client_id }))
  const { client } = await authenticateClient(deps, proof, trace, clientAlone(deps, 'introspection'))
  const found = await findPresentedToken(deps, needed(parameters, 'token'))
  const mayKnow = (token: PresentedToken) =>
    token.grant.client_id === client.client_id || deps.settings.gateways.includes(client.client_id)
  if (found === undefined || !mayKnow(found)) return { active: false }
  return answerOf(deps, found, now)
}

function answerOf(
  { settings }: Pick<Deps, 'settings'>,
  token: PresentedToken,
  now: number,
): IntrospectionAnswer {
  const { grant } = token
  const exp = endOf(token)
  const granted = parseScopes(grant.scopes)
  if (!granted.ok || grant.state !== 'active' || isOver(token) || exp <= now) return { active: false }
  const actions =
    token.kind === 'access_grant' ? actionsLeft(granted.set.actions, token.permission) : granted.set.actions
  const access = { actions, places: granted.set.places, project: grant.project_id, not_after: exp }
  return {
    active: true,
    iss: settings.public_url,
    sub: grant.user_id,
    client_id: grant.client_id,
    ...(token.kind === 'access_grant' ? { token_type: 'Bearer' } : {}),
    scope: scopeTextOf(scopesOf(access), token.kind === 'refresh_token'),
    authorization_details: authorizationDetailsOf(access),
    ...(settings.resource === '' ? {} : { aud: settings.resource }),
    ...beginningOf(token),
    exp,
    iat: token.kind === 'refresh_token' ? token.token.created_at : grant.created_at,
  }
}

const isOver = (token: PresentedToken): boolean =>
  token.kind === 'refresh_token' ? token.token.rotated_at !== null : token.revoked

/** @source RFC 7662 §2.2 (nbf) */
function beginningOf(token: PresentedToken): { readonly nbf?: number } {
  const begins = token.kind === 'access_grant' ? token.permission.not_before : undefined
  return begins === undefined ? {} : { nbf: Number(begins.seconds) }
}

function endOf(token: PresentedToken): number {
  const { not_after } = token.grant
  if (token.kind === 'refresh_token')
    return Math.min(token.token.expires_at, token.family.expires_at, not_after)
  const own = token.permission.not_after
  return own === undefined ? not_after : Math.min(not_after, Number(own.seconds))
}
