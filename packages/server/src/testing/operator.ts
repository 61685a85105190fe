import { randomUUID } from 'node:crypto'
import type { ImportedClientForm } from '@valetkey/protocol'
import { createDatabase } from '../../../../e2e/testing/database.ts'
import { openPostgres } from '../store/postgres.ts'
import { openSqlite } from '../store/sqlite.ts'
import type { Answer, Person } from './people.ts'
import { redirectUri } from './people.ts'
import { type RefusalScene, refusalScene } from './refusal-scene.ts'
import type { TestOverrides } from './test-deps.ts'

/** Whoever holds the admin token; there is no account behind it. */
export const operator: Person = {
  token: 'the-operators-token-of-more-than-32-characters',
  account: {
    id: 'operator',
    email: '',
    full_name: '',
    company_name: '',
    password_hash: '',
    state: 'active',
    created_at: 0,
  },
}

/** Both databases: what holds through the door holds on each. */
export const stores = [
  { name: 'sqlite', open: () => openSqlite(':memory:') },
  { name: 'postgres', open: async () => openPostgres(await createDatabase()) },
] as const

export interface Office extends RefusalScene {
  /** Asks as the operator. */
  admin(method: 'GET' | 'POST' | 'PUT' | 'DELETE', path: string, body?: unknown): Promise<Answer>
}

/** The scene of a token request, with the operator's door. */
export async function office({ settings, ...overrides }: TestOverrides = {}): Promise<Office> {
  const scene = await refusalScene({
    ...overrides,
    settings: { admin_token: operator.token, ...settings },
  })
  return { ...scene, admin: (method, path, body) => scene.ask(operator, method, path, body) }
}

export const anImportedClient = (over: Partial<ImportedClientForm> = {}): ImportedClientForm => ({
  client_id: randomUUID(),
  client_secret: 'c0ffee00'.repeat(8),
  name: 'Old photos',
  developer_email: 'grace@old.example',
  redirect_uris: [redirectUri],
  scopes: ['read', 'write'],
  ...over,
})
