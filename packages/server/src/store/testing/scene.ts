import { randomBytes, randomUUID } from 'node:crypto'
import type { Account } from '../../domain/account.ts'
import type { AuthorizationCode } from '../../domain/authorization-code.ts'
import type { AuthorizationRequest } from '../../domain/authorization-request.ts'
import type { Client, ClientSecret } from '../../domain/client.ts'
import type { DeviceCode } from '../../domain/device-code.ts'
import type { Project } from '../../domain/project.ts'
import type { PushedRequest } from '../../domain/pushed-request.ts'
import type { RefreshFamily, RefreshToken } from '../../domain/refresh-token.ts'
import type { Session } from '../../domain/session.ts'
import type { TokenRequest } from '../../domain/token-request.ts'
import type { Redemption } from '../codes.ts'
import type { Store } from '../store.ts'
import type { FiledTokenRequest } from '../traces.ts'

/** When the contract's stories happen, in epoch seconds. */
export const now = 1_800_000_000

export const aToken = (): string => randomBytes(32).toString('base64url')

/** Of every account made here. */
export const password_hash = '$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA'

export const anAccount = (over: Partial<Account> = {}): Account => ({
  id: randomUUID(),
  email: `${randomUUID()}@example.com`,
  full_name: 'Ada Lovelace',
  company_name: 'Analytical Engines',
  password_hash,
  state: 'active',
  created_at: now,
  ...over,
})

export const aSession = (account_id: string, over: Partial<Session> = {}): Session => ({
  token_hash: aToken(),
  kind: 'developer',
  account_id,
  created_at: now,
  expires_at: now + 3600,
  ttl_seconds: 3600,
  network: '192.0.2.1',
  user_agent: 'Mozilla/5.0',
  ...over,
})

export const aProject = (user_id: string, over: Partial<Project> = {}): Project => ({
  id: randomUUID(),
  user_id,
  name: 'My files',
  salt: randomBytes(16).toString('base64'),
  created_at: now,
  ...over,
})

export const aClient = (developer_id: string, over: Partial<Client> = {}): Client => ({
  id: randomUUID(),
  developer_id,
  client_id: randomUUID(),
  name: 'Photos',
  description: 'Keeps "your" photos — все',
  redirect_uris: ['https://photos.example/callback'],
  scopes: ['read', 'bucket:photos;2026/'],
  state: 'active',
  storx_profile: true,
  token_endpoint_auth_method: 'client_secret_jwt',
  grant_types: ['authorization_code'],
  application_type: 'web',
  jwks: null,
  jwks_uri: null,
  require_pushed_authorization_requests: false,
  registration_token_hash: null,
  created_at: now,
  updated_at: now,
  ...over,
})

export const aSecret = (client_row_id: string, over: Partial<ClientSecret> = {}): ClientSecret => ({
  id: randomUUID(),
  client_row_id,
  sealed_secret: aToken(),
  created_at: now,
  retires_at: null,
  retired_by: null,
  last_used_at: null,
  ...over,
})

export const aTrace = (over: Partial<TokenRequest> = {}): TokenRequest => ({
  trace_id: randomBytes(16).toString('hex'),
  at: now,
  dialect: 'storx',
  client_id: 'whatever was sent',
  authenticated: false,
  outcome: 'refused',
  reason: 'client_unknown',
  status: 401,
  steps: [
    {
      step: 'parse_jwt',
      result: 'failed',
      evidence: { parts: 2, names: ['a', 'b'], sure: true, what: null },
    },
  ],
  request: { parameters: ['client_secret'], bytes: 812 },
  grant_id: null,
  duration_ms: 1.25,
  ...over,
})

export const aFiledTrace = (over: Partial<FiledTokenRequest> = {}): FiledTokenRequest => ({
  ...aTrace(),
  filed_under: '',
  ...over,
})

/** A developer with a client and its secret, and a user with a project. */
export interface Scene {
  readonly developer: Account
  readonly user: Account
  readonly project: Project
  readonly client: Client
  readonly secret: ClientSecret
}

export async function aScene(store: Store, over: Partial<Client> = {}): Promise<Scene> {
  const developer = anAccount()
  const user = anAccount()
  const project = aProject(user.id)
  const client = aClient(developer.id, over)
  const secret = aSecret(client.id)
  await store.developers.add(developer)
  await store.users.add(user)
  await store.projects.add(project)
  await store.clients.add(client, secret)
  return { developer, user, project, client, secret }
}

export const aRequest = (
  { client, user }: Pick<Scene, 'client' | 'user'>,
  over: Partial<AuthorizationRequest> = {},
): AuthorizationRequest => ({
  id: randomUUID(),
  client_id: client.client_id,
  user_id: user.id,
  redirect_uri: 'https://photos.example/callback',
  scopes: ['read', 'list'],
  client_state: 'xyz',
  code_challenge: null,
  ends_with: 'code',
  dialect: 'storx',
  response_mode: 'query',
  offline_access: false,
  asked_project_id: null,
  latest_end: null,
  max_object_ttl: null,
  device_code_hash: null,
  state: 'waiting',
  created_at: now,
  expires_at: now + 600,
  decided_at: null,
  approved_scopes: [],
  rejected_scopes: [],
  ...over,
})

export const aCode = (
  request: AuthorizationRequest,
  project: Project,
  over: Partial<AuthorizationCode> = {},
): AuthorizationCode => ({
  id: randomUUID(),
  code_hash: aToken(),
  request_id: request.id,
  client_id: request.client_id,
  user_id: request.user_id,
  project_id: project.id,
  redirect_uri: request.redirect_uri,
  approved_scopes: ['read'],
  not_after: now + 86_400,
  code_challenge: null,
  created_at: now,
  expires_at: now + 60,
  spent_at: null,
  revoked_at: null,
  grant_id: null,
  sealed_encryption_access: null,
  encrypted_prefixes: null,
  dialect: 'storx',
  offline_access: false,
  max_object_ttl: null,
  sealed_half: null,
  ...over,
})

export const approval = { state: 'approved', approved_scopes: ['read'], rejected_scopes: ['list'] } as const
export const denial = { state: 'rejected', approved_scopes: [], rejected_scopes: ['read', 'list'] } as const

/** The user said yes: a code that can be redeemed. */
export async function anApprovedCode(
  store: Store,
  scene: Pick<Scene, 'client' | 'user' | 'project'>,
  overRequest: Partial<AuthorizationRequest> = {},
  overCode: Partial<AuthorizationCode> = {},
): Promise<AuthorizationCode> {
  const request = aRequest(scene, overRequest)
  const code = aCode(request, scene.project, overCode)
  await store.requests.add(request)
  const decided = await store.requests.decide(request.id, scene.user.id, approval, code, now)
  if (!decided) throw new Error('the approval was not recorded')
  return code
}

/** What redeeming this code would record; new ids each time. */
export function aRedemption(code: AuthorizationCode, over: Partial<Redemption['grant']> = {}): Redemption {
  const grant_id = randomUUID()
  return {
    code_id: code.id,
    now,
    grant: {
      id: grant_id,
      user_id: code.user_id,
      client_id: code.client_id,
      project_id: code.project_id,
      request_id: code.request_id,
      scopes: code.approved_scopes,
      created_at: now,
      not_after: code.not_after,
      state: 'active',
      revoked_at: null,
      revoked_by: null,
      ...over,
    },
    api_key: {
      id: randomUUID(),
      project_id: code.project_id,
      grant_id,
      name: 'Photos',
      head: randomBytes(32).toString('hex'),
      sealed_secret: aToken(),
      version: 0,
      created_at: now,
      revoked_at: null,
    },
  }
}

export const aRefreshFamily = (
  { id, client_id, user_id, created_at, not_after }: Redemption['grant'],
  over: Partial<RefreshFamily> = {},
): RefreshFamily => ({
  grant_id: id,
  client_id,
  user_id,
  created_at,
  expires_at: not_after,
  max_object_ttl: null,
  sealed_encryption_access: 'c2VhbGVk',
  encrypted_prefixes: [{ bucket: 'photos', encrypted_path_prefix: 'AgID' }],
  ...over,
})

export const aRefreshToken = (grant_id: string, over: Partial<RefreshToken> = {}): RefreshToken => ({
  token_hash: aToken(),
  grant_id,
  created_at: now,
  expires_at: now + 3600,
  rotated_at: null,
  ...over,
})

/** What redeeming this code would record, with a family of refresh tokens. */
export interface RefreshableRedemption extends Redemption {
  readonly refresh: NonNullable<Redemption['refresh']>
}

export function aRefreshableRedemption(
  code: AuthorizationCode,
  over: { readonly family?: Partial<RefreshFamily>; readonly token?: Partial<RefreshToken> } = {},
): RefreshableRedemption {
  const redemption = aRedemption(code)
  const family = aRefreshFamily(redemption.grant, over.family)
  return { ...redemption, refresh: { family, token: aRefreshToken(redemption.grant.id, over.token) } }
}

/** A grant that can be refreshed, redeemed from a code of its own. */
export async function aRefreshableGrant(
  store: Store,
  scene: Scene,
  over: { readonly family?: Partial<RefreshFamily>; readonly token?: Partial<RefreshToken> } = {},
): Promise<RefreshableRedemption> {
  const redemption = aRefreshableRedemption(await anApprovedCode(store, scene), over)
  if (!(await store.codes.redeem(redemption))) throw new Error('the code was not redeemed')
  return redemption
}

export const aPushedRequest = (client_id: string, over: Partial<PushedRequest> = {}): PushedRequest => ({
  request_uri_hash: aToken(),
  client_id,
  parameters: { response_type: 'code' },
  came_by: 'client',
  created_at: now,
  expires_at: now + 60,
  opened_at: null,
  ...over,
})

export const aDevice = (client_id: string, over: Partial<DeviceCode> = {}): DeviceCode => ({
  device_code_hash: aToken(),
  user_code_hash: aToken(),
  client_id,
  scopes: ['read', 'bucket:photos;2026/'],
  offline_access: false,
  asked_project_id: null,
  latest_end: null,
  max_object_ttl: null,
  public_key: 'BAAA',
  network: '192.0.2.7',
  user_agent: 'television',
  created_at: now,
  expires_at: now + 600,
  interval_seconds: 5,
  last_polled_at: null,
  too_fast: false,
  request_id: null,
  ...over,
})

/** The request of a user who entered the code of this device. */
export const aRequestOfDevice = (
  scene: Pick<Scene, 'client' | 'user'>,
  { device_code_hash, scopes }: DeviceCode,
  over: Partial<AuthorizationRequest> = {},
): AuthorizationRequest =>
  aRequest(scene, { device_code_hash, scopes, redirect_uri: '', dialect: 'standard', ...over })

/** A grant with its API key, redeemed from a code of its own. */
export async function aGrant(
  store: Store,
  scene: Scene,
  over: Partial<Redemption['grant']> = {},
): Promise<Redemption> {
  const redemption = aRedemption(await anApprovedCode(store, scene), over)
  if (!(await store.codes.redeem(redemption))) throw new Error('the code was not redeemed')
  return redemption
}
