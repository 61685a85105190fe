import type { Migration } from './migrate.ts'

/** When the owner of an account showed that mail to its address reaches them; null where nobody knows. */
export const provenAddresses: Migration = {
  name: '0009-proven-addresses',
  statements: ['developers', 'users'].map((table) => `alter table ${table} add column proven_at bigint`),
}
