import type { Migration } from './migrate.ts'

/** Endpoints of developers, what is delivered to them, and how far the facts were read. New tables alone. */
export const webhooks: Migration = {
  name: '0006-webhooks',
  statements: [
    `create table webhooks (
      id text primary key not null,
      developer_id text not null,
      url text not null,
      client_id text,
      events text not null,
      description text not null,
      state text not null,
      disabled_because text,
      failing_since bigint,
      warned_at bigint,
      slow smallint not null,
      last_attempt_at bigint,
      last_success_at bigint,
      created_at bigint not null,
      listening_since bigint not null
    )`,
    'create index webhooks_developer on webhooks (developer_id)',

    `create table webhook_secrets (
      id text primary key not null,
      webhook_id text not null,
      sealed_secret text not null,
      created_at bigint not null,
      retires_at bigint
    )`,
    'create index webhook_secrets_webhook on webhook_secrets (webhook_id)',
    'create index webhook_secrets_end on webhook_secrets (retires_at)',

    `create table webhook_deliveries (
      webhook_id text not null,
      event_id text not null,
      type text not null,
      client_id text,
      data text,
      subject text,
      created_at bigint not null,
      state text not null,
      attempts bigint not null,
      due_at bigint not null,
      last_attempt_at bigint,
      status bigint,
      problem text,
      duration_ms bigint,
      primary key (webhook_id, event_id)
    )`,
    "create index webhook_deliveries_due on webhook_deliveries (due_at) where state = 'waiting'",
    "create index webhook_deliveries_turn on webhook_deliveries (webhook_id, due_at) where state = 'waiting'",
    'create index webhook_deliveries_list on webhook_deliveries (webhook_id, created_at, event_id)',
    'create index webhook_deliveries_age on webhook_deliveries (created_at)',

    `create table webhook_readers (
      reader text primary key not null,
      reached bigint not null,
      due_at bigint not null
    )`,
  ],
}
