import type { Macaroon } from '@valetkey/access-grant'
import type { FastifyInstance, InjectOptions } from 'fastify'
import type { Deps } from '../deps.ts'
import type { Account, AccountKind } from '../domain/account.ts'
import type { AuthorizationCode } from '../domain/authorization-code.ts'
import type { AuthorizationRequest } from '../domain/authorization-request.ts'
import type { Grant } from '../domain/grant.ts'
import type { Project } from '../domain/project.ts'
import { newId, newToken, tokenHash } from '../ids.ts'
import type { TestDeps } from './test-deps.ts'

export const redirectUri = 'https://photos.example/callback'
export const clientsPath = '/api/v0/developer/auth/oauth2/clients'

export interface Person {
  readonly account: Account
  readonly token: string
}

/** An active account with a session, straight into the store: no password is hashed. */
export async function signedInPerson(
  deps: Deps,
  kind: AccountKind,
  full_name = 'Ada Example',
): Promise<Person> {
  const id = newId(deps)
  const account: Account = {
    id,
    email: `${id}@people.example`,
    full_name,
    company_name: '',
    password_hash: 'none',
    state: 'active',
    created_at: deps.clock.now(),
  }
  await deps.store[kind === 'developer' ? 'developers' : 'users'].add(account)
  return signedInAgain(deps, kind, account)
}

/** The same account with a session that begins now, whatever its password has become. */
export async function signedInAgain(deps: Deps, kind: AccountKind, { id }: Account): Promise<Person> {
  const account = await deps.store[kind === 'developer' ? 'developers' : 'users'].find(id)
  if (account === undefined) throw new Error('there is no such account')
  const token = newToken(deps)
  const now = deps.clock.now()
  const session = {
    token_hash: tokenHash(token),
    kind,
    account_id: id,
    created_at: now,
    expires_at: now + 86_400,
    ttl_seconds: 86_400,
    network: '192.0.2.1',
    user_agent: 'a browser',
  }
  await deps.store.sessions.add(session, account.password_hash)
  return { account, token }
}

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, unknown>>
  readonly text: string
  /** The parsed body; undefined when it is not JSON. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers whose shape is what they test
  readonly body: any
}

/** One request as this person, by bearer token. A string body is sent as it is, declared as JSON. */
export async function ask(
  app: FastifyInstance,
  person: Person | undefined,
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
  url: string,
  body?: unknown,
): Promise<Answer> {
  const options: InjectOptions = {
    method,
    url,
    headers: {
      ...(person === undefined ? {} : { authorization: `Bearer ${person.token}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { payload: typeof body === 'string' ? body : JSON.stringify(body) }),
  }
  const { statusCode, headers, payload } = await app.inject(options)
  return { status: statusCode, headers, text: payload, body: parsed(payload) }
}

/** Undefined when it is not JSON. */
export function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

export interface TestClient {
  readonly id: string
  readonly client_id: string
  readonly client_secret: string
}

/** Registered over HTTP. */
export async function aClient(
  app: FastifyInstance,
  developer: Person,
  form: object = {},
): Promise<TestClient> {
  const registration = { name: 'Photos', redirect_uris: [redirectUri], ...form }
  const { body } = await ask(app, developer, 'POST', clientsPath, registration)
  const list = await ask(app, developer, 'GET', clientsPath)
  const { id } = list.body.find(({ client_id }: TestClient) => client_id === body.client_id)
  return { id, ...body }
}

/** What a client asked of a user, still waiting. */
export async function aRequest(
  deps: Deps,
  user: Person,
  client_id: string,
  changes: Partial<AuthorizationRequest> = {},
): Promise<AuthorizationRequest> {
  const now = deps.clock.now()
  const request: AuthorizationRequest = {
    id: newId(deps),
    client_id,
    user_id: user.account.id,
    redirect_uri: redirectUri,
    scopes: ['read', 'write'],
    client_state: null,
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
    ...changes,
  }
  await deps.store.requests.add(request)
  return request
}

/** A request the user approved in part: `read` yes, `write` no. */
export async function anApproval(deps: Deps, user: Person, client_id: string): Promise<AuthorizationCode> {
  const request = await aRequest(deps, user, client_id)
  const now = deps.clock.now()
  const project =
    (await deps.network.projectsOf(user.account.id))[0] ?? (await aProjectOf(deps, user.account.id, 'first'))
  const code: AuthorizationCode = {
    id: newId(deps),
    code_hash: tokenHash(newToken(deps)),
    request_id: request.id,
    client_id,
    user_id: user.account.id,
    project_id: project.id,
    redirect_uri: redirectUri,
    approved_scopes: ['read'],
    not_after: now + 30 * 86_400,
    code_challenge: null,
    dialect: 'storx',
    offline_access: false,
    max_object_ttl: null,
    created_at: now,
    expires_at: now + 60,
    spent_at: null,
    revoked_at: null,
    grant_id: null,
    sealed_encryption_access: null,
    encrypted_prefixes: null,
    sealed_half: null,
  }
  const decision = { state: 'approved', approved_scopes: ['read'], rejected_scopes: ['write'] } as const
  const decided = await deps.store.requests.decide(request.id, user.account.id, decision, code, now)
  if (!decided) throw new Error('the request was not there to be approved')
  return code
}

/** An approval whose code was redeemed: a grant, and the API key that opens the storage. */
export async function aGrant(
  deps: Deps,
  user: Person,
  client_id: string,
): Promise<{ grant: Grant; api_key: Macaroon }> {
  const code = await anApproval(deps, user, client_id)
  const now = deps.clock.now()
  const project = await deps.store.projects.find(code.project_id)
  if (project === undefined) throw new Error('the project was just made')
  const grant: Grant = {
    id: newId(deps),
    user_id: code.user_id,
    client_id,
    project_id: project.id,
    request_id: code.request_id,
    scopes: code.approved_scopes,
    created_at: now,
    not_after: code.not_after,
    state: 'active',
    revoked_at: null,
    revoked_by: null,
  }
  const issued = await deps.network.issueApiKey({ project, grant_id: grant.id, name: `grant ${grant.id}` })
  const redeemed = await deps.store.codes.redeem({ code_id: code.id, now, grant, api_key: issued.record })
  if (!redeemed) throw new Error('the code was not there to be redeemed')
  return { grant, api_key: issued.api_key }
}

/** What one client asked of one user, one request of each kind, oldest first: expired, redeemed, approved, rejected, waiting. */
export async function oneOfEachRequest(deps: TestDeps, user: Person, client_id: string): Promise<void> {
  await aRequest(deps, user, client_id, { expires_at: deps.clock.now() + 1 })
  deps.clock.advance(1)
  await aGrant(deps, user, client_id)
  deps.clock.advance(1)
  await anApproval(deps, user, client_id)
  deps.clock.advance(1)
  const { id } = await aRequest(deps, user, client_id)
  const decision = { state: 'rejected', approved_scopes: [], rejected_scopes: ['read', 'write'] } as const
  await deps.store.requests.decide(id, user.account.id, decision, undefined, deps.clock.now())
  deps.clock.advance(1)
  await aRequest(deps, user, client_id)
}

export async function aProjectOf(
  { network }: Pick<Deps, 'network'>,
  user_id: string,
  name: string,
): Promise<Project> {
  const project = await network.createProject(user_id, name)
  if (project === undefined) throw new Error('the user is active')
  return project
}
