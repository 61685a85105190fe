import type { Migration } from './migrate.ts'

/**
 * What the operator's door brought: accounts and clients that are suspended, and what they are once that is over.
 *
 * The state itself says `suspended`, which a server of the version before takes for one of those that are not active,
 * and refuses.
 */
export const admin: Migration = {
  name: '0007-admin',
  statements: [
    'alter table clients add column suspension text',
    'alter table clients add column resumes_as text',
    ...['developers', 'users'].flatMap((table) => [
      `alter table ${table} add column resumes_as text`,
      `create index if not exists ${table}_closing on ${table} (id) where state = 'closing'`,
    ]),
  ],
}
