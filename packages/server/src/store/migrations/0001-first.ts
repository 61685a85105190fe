import type { Migration } from './migrate.ts'

/**
 * The tables of 0.1.0, in words that both databases read alike.
 *
 * Whatever grows with use is appended: ids are made in the order of time, and beside them stand only the indexes that
 * a query needs. The rows that redeeming touches (codes, grants, API keys) are written by one statement out of each
 * other; foreign keys from them to the client would make every redemption lock that one row.
 */
export const first: Migration = {
  name: '0001-first',
  statements: [
    ...['developers', 'users'].flatMap((table) => [
      `create table ${table} (
        id text primary key not null,
        email text not null,
        full_name text not null,
        company_name text not null,
        password_hash text not null,
        state text not null,
        created_at bigint not null
      )`,
      `create unique index ${table}_email on ${table} (email) where state <> 'deleted'`,
    ]),

    `create table sessions (
      token_hash text primary key not null,
      kind text not null,
      account_id text not null,
      created_at bigint not null,
      expires_at bigint not null,
      ttl_seconds bigint not null
    )`,
    'create index sessions_account on sessions (account_id)',
    'create index sessions_end on sessions (expires_at)',

    `create table mail_tokens (
      token_hash text primary key not null,
      kind text not null,
      purpose text not null,
      account_id text not null,
      expires_at bigint not null
    )`,
    'create index mail_tokens_account on mail_tokens (account_id)',
    'create index mail_tokens_end on mail_tokens (expires_at)',

    `create table projects (
      id text primary key not null,
      user_id text not null references users (id),
      name text not null,
      salt text not null,
      created_at bigint not null
    )`,
    'create index projects_user on projects (user_id)',

    `create table clients (
      id text primary key not null,
      developer_id text not null references developers (id),
      client_id text not null unique,
      name text not null,
      description text not null,
      redirect_uris text not null,
      scopes text not null,
      state text not null,
      storx_profile smallint not null,
      created_at bigint not null,
      updated_at bigint not null
    )`,
    'create index clients_developer on clients (developer_id)',

    `create table client_secrets (
      id text primary key not null,
      client_row_id text not null references clients (id),
      sealed_secret text not null,
      created_at bigint not null,
      retires_at bigint,
      retired_by text,
      last_used_at bigint
    )`,
    'create index client_secrets_client on client_secrets (client_row_id)',

    `create table authorization_requests (
      id text primary key not null,
      client_id text not null references clients (client_id),
      user_id text not null references users (id),
      redirect_uri text not null,
      scopes text not null,
      client_state text,
      code_challenge text,
      state text not null,
      created_at bigint not null,
      expires_at bigint not null,
      decided_at bigint,
      approved_scopes text not null,
      rejected_scopes text not null
    )`,
    'create index authorization_requests_client on authorization_requests (client_id, created_at)',
    'create index authorization_requests_user on authorization_requests (user_id, client_id, created_at)',

    `create table authorization_codes (
      id text primary key not null,
      code_hash text not null unique,
      request_id text not null unique references authorization_requests (id),
      client_id text not null,
      user_id text not null,
      project_id text not null,
      redirect_uri text not null,
      approved_scopes text not null,
      not_after bigint not null,
      code_challenge text,
      created_at bigint not null,
      expires_at bigint not null,
      spent_at bigint,
      revoked_at bigint,
      grant_id text
    )`,
    // No index names a column that redeeming writes: PostgreSQL then updates the row in place (HOT), SQLite one page.
    'create index authorization_codes_client on authorization_codes (client_id, expires_at)',
    'create index authorization_codes_age on authorization_codes (created_at)',

    `create table grants (
      id text primary key not null,
      user_id text not null,
      client_id text not null,
      project_id text not null,
      request_id text not null,
      scopes text not null,
      created_at bigint not null,
      not_after bigint not null,
      state text not null,
      revoked_at bigint,
      revoked_by text
    )`,
    'create index grants_user on grants (user_id, client_id, not_after)',
    'create index grants_client on grants (client_id, not_after)',

    `create table api_keys (
      id text primary key not null,
      project_id text not null,
      grant_id text not null,
      name text not null,
      head text not null unique,
      sealed_secret text not null,
      version smallint not null,
      created_at bigint not null,
      revoked_at bigint
    )`,
    'create index api_keys_grant on api_keys (grant_id)',

    `create table replay_marks (
      mark text primary key not null,
      expires_at bigint not null
    )`,
    'create index replay_marks_end on replay_marks (expires_at)',

    `create table token_requests (
      trace_id text primary key not null,
      at bigint not null,
      dialect text not null,
      client_id text,
      filed_under text not null,
      authenticated smallint not null,
      outcome text not null,
      reason text,
      status smallint not null,
      steps text not null,
      request text not null,
      grant_id text,
      duration_ms double precision not null
    )`,
    'create index token_requests_age on token_requests (at)',
    'create index token_requests_room on token_requests (filed_under, authenticated, at, trace_id)',

    `create table token_request_counts (
      filed_under text not null,
      hour bigint not null,
      reason text not null,
      network text not null,
      requests bigint not null,
      primary key (filed_under, hour, reason, network)
    )`,
    'create index token_request_counts_age on token_request_counts (hour)',

    `create table audit_events (
      id text primary key not null,
      at bigint not null,
      actor_kind text not null,
      actor_id text,
      user_id text,
      action text not null,
      resource text,
      outcome text not null,
      network text not null,
      trace_id text not null
    )`,
    'create index audit_events_user on audit_events (user_id, at, id) where user_id is not null',

    `create table limit_windows (
      key text primary key not null,
      hits bigint not null,
      resets_at bigint not null
    )`,
    'create index limit_windows_end on limit_windows (resets_at)',
  ],
}
