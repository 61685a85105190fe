import type { Migration } from './migrate.ts'

/**
 * What the pages brought: the storage keys that a user's browser sealed beside the code, and where a session was begun.
 *
 * Columns alone, each with a default: a server of the version before goes on writing beside this one.
 */
export const pages: Migration = {
  name: '0002-pages',
  statements: [
    'alter table authorization_codes add column sealed_encryption_access text',
    'alter table authorization_codes add column encrypted_prefixes text',
    "alter table authorization_requests add column ends_with text not null default 'code'",
    "alter table sessions add column network text not null default ''",
    "alter table sessions add column user_agent text not null default ''",
  ],
}
