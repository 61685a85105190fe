import type { Migration } from './migrate.ts'

/** What was switched off, suspended or deleted and holds more than ends in one transaction: what is left of that to do. */
export const endings: Migration = {
  name: '0008-endings',
  statements: [
    `create table endings (
      id text primary key not null,
      target text not null,
      target_id text not null,
      end_access smallint not null,
      deletes smallint not null,
      revoked_by text not null,
      begun_at bigint not null
    )`,
    'create index endings_target on endings (target_id)',
    'create index endings_begun on endings (begun_at)',
  ],
}
