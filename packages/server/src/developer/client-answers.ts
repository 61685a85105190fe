import { type ClientAnswer, rfc3339, rfc3339OrNull, type SecretAnswer } from '@valetkey/protocol'
import type { Client, ClientSecret } from '../domain/client.ts'

/** A client as its developer sees it. The secret is never among it: it was shown once. */
export function clientAnswer(client: Client): ClientAnswer {
  return {
    id: client.id,
    developer_id: client.developer_id,
    client_id: client.client_id,
    client_secret: '',
    name: client.name,
    description: client.description,
    redirect_uris: [...client.redirect_uris],
    scopes: [...client.scopes],
    status: client.state === 'active' ? 1 : 0,
    ...(client.state === 'suspended' ? { suspended: true as const } : {}),
    storx_profile: client.storx_profile,
    token_endpoint_auth_method: client.token_endpoint_auth_method,
    grant_types: [...client.grant_types],
    application_type: client.application_type,
    jwks: client.jwks === null ? null : JSON.parse(client.jwks),
    jwks_uri: client.jwks_uri,
    require_pushed_authorization_requests: client.require_pushed_authorization_requests,
    created_at: rfc3339(client.created_at),
    updated_at: rfc3339(client.updated_at),
  }
}

export function secretAnswer({ id, created_at, retires_at, last_used_at }: ClientSecret): SecretAnswer {
  return {
    id,
    created_at: rfc3339(created_at),
    retires_at: rfc3339OrNull(retires_at),
    last_used_at: rfc3339OrNull(last_used_at),
  }
}
