import { actions, clientGrantTypes, tokenEndpointAuthMethods } from '@valetkey/protocol'
import type { FastifyPluginAsync } from 'fastify'
import type { Deps } from '../../deps.ts'
import { responseModes } from '../../domain/authorization-request.ts'
import { publicKeyAlgs } from '../../domain/jwt.ts'
import type { Settings } from '../../settings.ts'

/** Fresh enough for whoever asks once an hour. */
const cached = { 'cache-control': 'public, max-age=3600', 'access-control-allow-origin': '*' }

/**
 * What this server can do, for libraries that find out by themselves. Every value that stands here works, and no other.
 *
 * @source RFC 8414 §2, §3; RFC 9207 §3; RFC 9126 §5; RFC 9396 §10; RFC 8628 §4; RFC 9728 §2
 */
export const metadataRoutes: FastifyPluginAsync<{ deps: Deps }> = async (app, { deps: { settings } }) => {
  const described = { tags: ['standard dialect'] }
  const authorizationServer = authorizationServerMetadata(settings)
  app.get(
    '/.well-known/oauth-authorization-server',
    { schema: { ...described, summary: 'Metadata of the authorization server' } },
    async (_request, reply) => reply.headers(cached).send(authorizationServer),
  )
  if (settings.resource === '') return
  const protectedResource = protectedResourceMetadata(settings)
  app.get(
    '/.well-known/oauth-protected-resource',
    { schema: { ...described, summary: 'Metadata of the storage gateway, for it to serve' } },
    async (_request, reply) => reply.headers(cached).send(protectedResource),
  )
}

export function authorizationServerMetadata({
  public_url,
  resource,
}: Pick<Settings, 'public_url' | 'resource'>) {
  const methods = [...tokenEndpointAuthMethods]
  const algs = ['HS256', ...publicKeyAlgs]
  return {
    issuer: public_url,
    authorization_endpoint: `${public_url}/oauth2/authorize`,
    token_endpoint: `${public_url}/oauth2/token`,
    pushed_authorization_request_endpoint: `${public_url}/oauth2/par`,
    device_authorization_endpoint: `${public_url}/oauth2/device_authorization`,
    revocation_endpoint: `${public_url}/oauth2/revoke`,
    introspection_endpoint: `${public_url}/oauth2/introspect`,
    registration_endpoint: `${public_url}/oauth2/register`,
    service_documentation: `${public_url}/errors`,
    response_types_supported: ['code'],
    response_modes_supported: [...responseModes],
    grant_types_supported: [...clientGrantTypes],
    scopes_supported: [...actions, 'offline_access'],
    code_challenge_methods_supported: ['S256'],
    authorization_details_types_supported: ['storage_access'],
    authorization_response_iss_parameter_supported: true,
    require_pushed_authorization_requests: false,
    request_parameter_supported: false,
    request_uri_parameter_supported: false,
    token_endpoint_auth_methods_supported: methods,
    token_endpoint_auth_signing_alg_values_supported: algs,
    revocation_endpoint_auth_methods_supported: methods,
    revocation_endpoint_auth_signing_alg_values_supported: algs,
    introspection_endpoint_auth_methods_supported: methods.filter((method) => method !== 'none'),
    introspection_endpoint_auth_signing_alg_values_supported: algs,
    ...(resource === '' ? {} : { protected_resources: [resource] }),
  }
}

/** @source RFC 9728 §2: the gateway answers it at its own address */
function protectedResourceMetadata({ public_url, resource }: Pick<Settings, 'public_url' | 'resource'>) {
  return {
    resource,
    authorization_servers: [public_url],
    scopes_supported: [...actions],
    bearer_methods_supported: ['header'],
    authorization_details_types_supported: ['storage_access'],
  }
}
