import type { Account, AccountKind, AccountState } from '../domain/account.ts'
import type { ApiKeyRecord } from '../domain/api-key-record.ts'
import type { ChainAnchor, ChainedEvent, ChainPlace } from '../domain/audit-chain.ts'
import type { AuditEvent } from '../domain/audit-event.ts'
import type { AuthorizationCode } from '../domain/authorization-code.ts'
import type { AuthorizationRequest } from '../domain/authorization-request.ts'
import type { Client, ClientSecret, ClientState, Suspension } from '../domain/client.ts'
import type { DeviceCode } from '../domain/device-code.ts'
import type { Grant, RevokedBy } from '../domain/grant.ts'
import type { MailToken } from '../domain/mail-token.ts'
import type { Project } from '../domain/project.ts'
import type { PushedRequest } from '../domain/pushed-request.ts'
import type { RefreshFamily, RefreshToken } from '../domain/refresh-token.ts'
import type { Session } from '../domain/session.ts'
import type { Delivery, Webhook, WebhookSecret } from '../domain/webhook.ts'
import type { FiledTokenRequest, TraceCount } from './traces.ts'

/** The tables. A column is a field of its noun, under the same name. */
export interface Schema {
  readonly developers: AccountRow
  readonly users: AccountRow
  readonly sessions: Row<Session>
  readonly mail_tokens: Row<MailToken>
  readonly projects: Row<Project>
  /** `suspension` says what suspended it, and `resumes_as` which state it has without that; both null while it is not. */
  readonly clients: Row<Client> & {
    readonly suspension: Suspension | null
    readonly resumes_as: ClientState | null
  }
  readonly client_secrets: Row<ClientSecret>
  readonly authorization_requests: Row<AuthorizationRequest>
  readonly authorization_codes: Row<AuthorizationCode>
  readonly grants: Row<Grant>
  readonly api_keys: Row<ApiKeyRecord>
  readonly pushed_requests: Row<PushedRequest>
  readonly device_codes: Row<DeviceCode>
  readonly refresh_families: Row<RefreshFamily>
  readonly refresh_tokens: Row<RefreshToken>
  /** `mark` is a digest: what a client sends as `jti` may be of any length. */
  readonly replay_marks: { readonly mark: string; readonly expires_at: number }
  readonly token_requests: Row<FiledTokenRequest>
  readonly token_request_counts: Row<TraceCount>
  /** Without a place in the chain as long as only a server of the version before has seen it. */
  readonly audit_events: Row<AuditEvent> & { readonly [Field in keyof ChainPlace]: ChainPlace[Field] | null }
  readonly audit_anchors: ChainAnchor
  /** `key` is a digest, like `mark`. */
  readonly limit_windows: { readonly key: string; readonly hits: number; readonly resets_at: number }
  readonly webhooks: Row<Webhook>
  readonly webhook_secrets: Row<WebhookSecret>
  readonly webhook_deliveries: Row<Delivery>
  readonly webhook_readers: { readonly reader: string; readonly reached: number; readonly due_at: number }
  /** What is left to end, until all of it is. */
  readonly endings: Row<PendingEnding>
  readonly schema_migrations: { readonly name: string }
}

/** All that a client, a developer or a user holds is to end; those two are suspended meanwhile. */
export interface PendingEnding {
  readonly id: string
  readonly target: 'client' | AccountKind
  readonly target_id: string
  /** False when only what is not redeemed yet ends. */
  readonly end_access: boolean
  /** The client is deleted then. */
  readonly deletes: boolean
  readonly revoked_by: RevokedBy
  /** Epoch seconds. */
  readonly begun_at: number
}

/** `resumes_as` is the state it has again once it is not suspended any more; null while it is not. */
type AccountRow = Row<Account> & {
  readonly resumes_as: AccountState | null
  /** Epoch seconds: when its owner showed that mail to the address reaches them. */
  readonly proven_at: number | null
}

/** A noun as its table holds it: lists and objects are JSON text, booleans are 0 and 1. */
export type Row<Noun> = { readonly [Field in keyof Noun]: Stored<Noun[Field]> }

type Stored<Value> = Value extends boolean ? number : Value extends object ? string : Value

export const accountColumns = columns<Account>()([
  'id',
  'email',
  'full_name',
  'company_name',
  'password_hash',
  'state',
  'created_at',
])

export const sessionColumns = columns<Session>()([
  'token_hash',
  'kind',
  'account_id',
  'created_at',
  'expires_at',
  'ttl_seconds',
  'network',
  'user_agent',
])

export const projectColumns = columns<Project>()(['id', 'user_id', 'name', 'salt', 'created_at'])

export const clientColumns = columns<Client>()([
  'id',
  'developer_id',
  'client_id',
  'name',
  'description',
  'redirect_uris',
  'scopes',
  'state',
  'storx_profile',
  'token_endpoint_auth_method',
  'grant_types',
  'application_type',
  'jwks',
  'jwks_uri',
  'require_pushed_authorization_requests',
  'registration_token_hash',
  'created_at',
  'updated_at',
])

export const secretColumns = columns<ClientSecret>()([
  'id',
  'client_row_id',
  'sealed_secret',
  'created_at',
  'retires_at',
  'retired_by',
  'last_used_at',
])

export const codeColumns = columns<AuthorizationCode>()([
  'id',
  'code_hash',
  'request_id',
  'client_id',
  'user_id',
  'project_id',
  'redirect_uri',
  'approved_scopes',
  'not_after',
  'code_challenge',
  'dialect',
  'offline_access',
  'max_object_ttl',
  'created_at',
  'expires_at',
  'spent_at',
  'revoked_at',
  'grant_id',
  'sealed_encryption_access',
  'encrypted_prefixes',
  'sealed_half',
])

export const grantColumns = columns<Grant>()([
  'id',
  'user_id',
  'client_id',
  'project_id',
  'request_id',
  'scopes',
  'created_at',
  'not_after',
  'state',
  'revoked_at',
  'revoked_by',
])

export const apiKeyColumns = columns<ApiKeyRecord>()([
  'id',
  'project_id',
  'grant_id',
  'name',
  'head',
  'sealed_secret',
  'version',
  'created_at',
  'revoked_at',
])

export const auditColumns = columns<AuditEvent>()([
  'id',
  'at',
  'actor_kind',
  'actor_id',
  'user_id',
  'action',
  'resource',
  'outcome',
  'network',
  'trace_id',
])

export const chainedColumns = columns<ChainedEvent>()([...auditColumns, 'seq', 'chain_hash'])

export const deviceColumns = columns<DeviceCode>()([
  'device_code_hash',
  'user_code_hash',
  'client_id',
  'scopes',
  'offline_access',
  'asked_project_id',
  'latest_end',
  'max_object_ttl',
  'public_key',
  'network',
  'user_agent',
  'created_at',
  'expires_at',
  'interval_seconds',
  'last_polled_at',
  'too_fast',
  'request_id',
])

export const refreshFamilyColumns = columns<RefreshFamily>()([
  'grant_id',
  'client_id',
  'user_id',
  'created_at',
  'expires_at',
  'max_object_ttl',
  'sealed_encryption_access',
  'encrypted_prefixes',
])

export const refreshTokenColumns = columns<RefreshToken>()([
  'token_hash',
  'grant_id',
  'created_at',
  'expires_at',
  'rotated_at',
])

/** Compiles only when every field of the noun is named. */
function columns<Noun>() {
  return <const Names extends readonly (keyof Noun)[]>(
    names: keyof Noun extends Names[number] ? Names : never,
  ): readonly (keyof Noun & string)[] => names as readonly (keyof Noun & string)[]
}
