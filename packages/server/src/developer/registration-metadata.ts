import {
  type ClientForm,
  type ClientRegistrationAnswer,
  type ClientRegistrationForm,
  checkRedirectUri,
  parseScopeText,
  scopeTextOf,
} from '@valetkey/protocol'
import type { Client } from '../domain/client.ts'
import { refuse } from '../refusals.ts'
import { clientAnswer } from './client-answers.ts'

/**
 * What RFC 7591 says of a client, as the form that a developer fills in: what is absent has its default, so that a whole
 * form takes the place of all there was.
 *
 * @refuses client_metadata_unfit redirect_uri_unfit
 */
export function clientFormOf(form: ClientRegistrationForm): ClientForm {
  const { client_name, scope, response_types: _, ...kind } = form
  const redirect_uris = kind.redirect_uris ?? []
  const grant_types = kind.grant_types ?? ['authorization_code']
  return {
    ...kind,
    name: client_name ?? nameFrom(redirect_uris),
    redirect_uris,
    grant_types,
    scopes: scopesIn(scope ?? '', grant_types),
    application_type: kind.application_type ?? 'web',
    require_pushed_authorization_requests: kind.require_pushed_authorization_requests ?? false,
  }
}

/** A client in the words of RFC 7591, without what only its registration gives. */
export function metadataOf(
  client: Client,
): Omit<ClientRegistrationAnswer, 'registration_access_token' | 'registration_client_uri'> {
  const { jwks, jwks_uri, redirect_uris, grant_types } = clientAnswer(client)
  const offline_access = grant_types.includes('refresh_token')
  return {
    client_id: client.client_id,
    client_id_issued_at: client.created_at,
    client_name: client.name,
    redirect_uris,
    grant_types,
    response_types: grant_types.includes('authorization_code') ? ['code'] : [],
    ...(client.scopes.length === 0 ? {} : { scope: scopeTextOf(client.scopes, offline_access) }),
    token_endpoint_auth_method: client.token_endpoint_auth_method,
    application_type: client.application_type,
    ...(jwks === null ? {} : { jwks }),
    ...(jwks_uri === null ? {} : { jwks_uri }),
    require_pushed_authorization_requests: client.require_pushed_authorization_requests,
  }
}

/** Where users will be sent says best who asks: the host, or what an app's own scheme is named for. @source RFC 7591 §2 */
function nameFrom([uri]: readonly string[]): string {
  if (uri === undefined)
    throw refuse('client_metadata_unfit', {
      description: 'redirect_uris: at least one is needed; a client for devices alone needs a client_name.',
    })
  const checked = checkRedirectUri(uri)
  if (!checked.ok) throw refuse('redirect_uri_unfit', { description: checked.problem })
  const { protocol, hostname } = new URL(uri)
  return /^https?:$/.test(protocol) ? hostname : protocol.slice(0, -1)
}

/** `offline_access` is told by the grant type beside it, and is no scope of the storage. */
function scopesIn(text: string, grant_types: NonNullable<ClientRegistrationForm['grant_types']>): string[] {
  if (text === '') return []
  const parsed = parseScopeText(text)
  if (!parsed.ok) throw refuse('client_metadata_unfit', { description: `scope: ${parsed.problem}.` })
  if (parsed.offline_access && !grant_types.includes('refresh_token'))
    throw refuse('client_metadata_unfit', {
      description: 'scope: offline_access needs refresh_token among the grant_types.',
    })
  return [...parsed.scopes]
}
