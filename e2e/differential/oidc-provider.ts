import { hash, randomBytes, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type Provider from 'oidc-provider'
import { everyGrantType } from '../../packages/server/src/testing/standard-scene.ts'
import { registeredKey } from './assertion.ts'
import { posted, send } from './draft.ts'
import {
  type ClientName,
  clientNames,
  lifetimes,
  type Party,
  type Registered,
  redirect_uri,
  registrations,
  resource,
  scope,
} from './party.ts'

interface StoredDeviceCode {
  save(): Promise<string>
}

/** What the setting up needs beyond a benchmark. */
interface WithDevices extends Provider {
  readonly DeviceCode: { find(device_code: string): Promise<StoredDeviceCode> }
}

/**
 * oidc-provider over real HTTP, with every documented option that brings it nearer to Valetkey, and no code of ours in
 * its checks: what is left differs by its own decision.
 */
export async function oidcProvider(codeTtl = lifetimes.code): Promise<Party> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const issuer = `http://127.0.0.1:${port}`
  const registered = clientNames.map((name) => [
    name,
    { client_id: randomUUID(), client_secret: hasSecret(name) ? randomBytes(32).toString('base64url') : '' },
  ])
  const clients = Object.fromEntries(registered) as Party['clients']
  const provider = await providerOf(issuer, clients, codeTtl)
  server.on('request', provider.callback())

  /** What a user leaves behind who approves. */
  async function approval(client_id: string) {
    const holder = { accountId: 'user', clientId: client_id }
    const grant = new provider.Grant(holder)
    grant.addOIDCScope(scope)
    return { ...holder, grantId: await grant.save() }
  }

  const party: Party = {
    issuer,
    clients,
    async newCode(name = 'app', { challenge = true } = {}) {
      const { client_id } = clients[name]
      const code_verifier = randomBytes(32).toString('base64url')
      const codeChallenge = hash('sha256', code_verifier, 'base64url')
      const code = new provider.AuthorizationCode({
        ...(await approval(client_id)),
        client: await provider.Client.find(client_id),
        redirectUri: redirect_uri,
        scope,
        ...(challenge ? { codeChallenge, codeChallengeMethod: 'S256' } : {}),
      })
      return { code: await code.save(), code_verifier }
    },
    async newDeviceCode(decision) {
      const { body } = await send(party, posted(party, 'device_authorization', { scope }))
      const device_code = String(body.device_code)
      if (decision === 'none') return device_code
      const stored = await provider.DeviceCode.find(device_code)
      const decided =
        decision === 'denied' ? { error: 'access_denied' } : await approval(clients.app.client_id)
      await Object.assign(stored, decided, { scope }).save()
      return device_code
    },
    async close() {
      server.close()
      server.closeAllConnections()
    },
  }
  return party
}

const hasSecret = (name: ClientName) => registrations[name].token_endpoint_auth_method === 'client_secret_jwt'

async function providerOf(
  issuer: string,
  clients: Readonly<Record<ClientName, Registered>>,
  codeTtl: number,
): Promise<WithDevices> {
  const { default: Provider, errors } = await quietly(() => import('oidc-provider'))
  const actions = new Set(['read', 'write', 'list', 'delete', 'lock'])
  const members = new Set(['type', 'project', 'bucket', 'prefix', 'actions', 'not_after', 'max_object_ttl'])
  const configuration = {
    clients: clientNames.map((name) => metadataOf(name, clients[name])),
    clientAuthMethods: [
      'client_secret_jwt',
      'private_key_jwt',
      'none',
      'client_secret_post',
      'client_secret_basic',
    ],
    clockTolerance: lifetimes.skew,
    scopes: [...actions, 'bucket:photos', 'offline_access'],
    responseTypes: ['code'],
    pkce: { required: () => true },
    allowOmittingSingleRegisteredRedirectUri: false,
    rotateRefreshToken: true,
    revokeGrantPolicy: () => true,
    expiresWithSession: () => false,
    findAccount: (_: unknown, accountId: string) => ({ accountId, claims: () => ({ sub: accountId }) }),
    cookies: { keys: ['of a test'] },
    routes: {
      authorization: '/oauth2/authorize',
      token: '/oauth2/token',
      pushed_authorization_request: '/oauth2/par',
      device_authorization: '/oauth2/device_authorization',
      revocation: '/oauth2/revoke',
    },
    ttl: {
      AccessToken: lifetimes.access,
      AuthorizationCode: codeTtl,
      DeviceCode: lifetimes.device,
      Grant: lifetimes.refresh,
      RefreshToken: lifetimes.refresh,
    },
    features: {
      devInteractions: { enabled: false },
      deviceFlow: { enabled: true },
      pushedAuthorizationRequests: { enabled: true },
      revocation: {
        enabled: true,
        allowedPolicy: (_: unknown, { clientId }: Owned, token: Owned) => token.clientId === clientId,
      },
      resourceIndicators: {
        enabled: true,
        // Its details need a resource; a request without them stays without.
        defaultResource: ({ oidc }: Asking) =>
          oidc.params.authorization_details === undefined ? undefined : resource,
        getResourceServerInfo(_: unknown, asked: string) {
          if (asked !== resource) throw new errors.InvalidTarget()
          return { scope }
        },
      },
      richAuthorizationRequests: {
        enabled: true,
        types: {
          storage_access: {
            // What a type means is its operator's to say; this is what storage_access means.
            validate(_: unknown, detail: { readonly actions?: readonly string[] }) {
              const known = Object.keys(detail).every((name) => members.has(name))
              const asks = detail.actions?.length && detail.actions.every((action) => actions.has(action))
              if (!known || !asks) throw new errors.InvalidAuthorizationDetails('no storage access')
            },
          },
        },
        authorizationDetailsForGrantSource: () => undefined,
        authorizationDetailsForAccessToken: () => undefined,
      },
    },
  }
  return quietly(async () => new Provider(issuer, configuration) as WithDevices)
}

interface Owned {
  readonly clientId: string
}
interface Asking {
  readonly oidc: { readonly params: Readonly<Record<string, unknown>> }
}

function metadataOf(name: ClientName, { client_id, client_secret }: Registered) {
  const common = {
    client_id,
    redirect_uris: [redirect_uri],
    response_types: ['code'],
    grant_types: everyGrantType,
  }
  const jwks = { keys: [{ ...registeredKey.publicKey.export({ format: 'jwk' }), use: 'sig' }] }
  return {
    ...common,
    ...(hasSecret(name) ? { client_secret, token_endpoint_auth_signing_alg: 'HS256' } : {}),
    ...(name === 'keyed' ? { jwks } : {}),
    authorization_details_types: ['storage_access'],
    ...registrations[name],
  }
}

/** It warns of keys and stores that are good enough for a test. */
async function quietly<T>(act: () => Promise<T>): Promise<T> {
  const { warn, info } = console
  Object.assign(console, { warn() {}, info() {} })
  try {
    return await act()
  } finally {
    Object.assign(console, { warn, info })
  }
}
