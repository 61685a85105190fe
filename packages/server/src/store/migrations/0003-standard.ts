import type { Migration } from './migrate.ts'

/**
 * What the standard dialect brought: how a client proves who it is, what else may be asked of a user, pushed requests,
 * devices, and refresh tokens.
 *
 * Columns have defaults, and the tables are new: a server of the version before goes on writing beside this one.
 */
export const standard: Migration = {
  name: '0003-standard',
  statements: [
    "alter table clients add column token_endpoint_auth_method text not null default 'client_secret_jwt'",
    `alter table clients add column grant_types text not null default '["authorization_code"]'`,
    "alter table clients add column application_type text not null default 'web'",
    'alter table clients add column jwks text',
    'alter table clients add column jwks_uri text',
    'alter table clients add column require_pushed_authorization_requests smallint not null default 0',
    'alter table clients add column registration_token_hash text',

    "alter table authorization_requests add column dialect text not null default 'storx'",
    "alter table authorization_requests add column response_mode text not null default 'query'",
    'alter table authorization_requests add column offline_access smallint not null default 0',
    'alter table authorization_requests add column asked_project_id text',
    'alter table authorization_requests add column latest_end bigint',
    'alter table authorization_requests add column max_object_ttl bigint',
    'alter table authorization_requests add column device_code_hash text',
    'create index authorization_requests_challenge on authorization_requests (client_id, code_challenge) where code_challenge is not null',

    "alter table authorization_codes add column dialect text not null default 'storx'",
    'alter table authorization_codes add column offline_access smallint not null default 0',
    'alter table authorization_codes add column max_object_ttl bigint',
    'alter table authorization_codes add column sealed_half text',

    `create table pushed_requests (
      request_uri_hash text primary key not null,
      client_id text not null,
      parameters text not null,
      came_by text not null,
      created_at bigint not null,
      expires_at bigint not null,
      opened_at bigint
    )`,
    'create index pushed_requests_end on pushed_requests (expires_at)',

    `create table device_codes (
      device_code_hash text primary key not null,
      user_code_hash text not null unique,
      client_id text not null,
      scopes text not null,
      offline_access smallint not null,
      asked_project_id text,
      latest_end bigint,
      max_object_ttl bigint,
      public_key text not null,
      network text not null,
      user_agent text not null,
      created_at bigint not null,
      expires_at bigint not null,
      interval_seconds bigint not null,
      last_polled_at bigint,
      too_fast smallint not null,
      request_id text
    )`,
    'create index device_codes_end on device_codes (expires_at)',

    `create table refresh_families (
      grant_id text primary key not null,
      client_id text not null,
      user_id text not null,
      created_at bigint not null,
      expires_at bigint not null,
      max_object_ttl bigint,
      sealed_encryption_access text,
      encrypted_prefixes text not null
    )`,
    'create index refresh_families_end on refresh_families (expires_at)',

    `create table refresh_tokens (
      token_hash text primary key not null,
      grant_id text not null,
      created_at bigint not null,
      expires_at bigint not null,
      rotated_at bigint
    )`,
    'create index refresh_tokens_end on refresh_tokens (expires_at)',
  ],
}
