import { randomBytes } from 'node:crypto'
import type { ExplainedTokenRequestAnswer } from '@valetkey/protocol'
import type { Deps } from './deps.ts'
import type { RunningServer } from './serve.ts'
import type { Settings } from './settings.ts'
import type { Store } from './store/store.ts'

export * from './domain/explain/explain-assertion.ts'
export { permissionOf } from './domain/permission.ts'
export { loadMasterKey } from './master-key.ts'
export { createSealer } from './sealing.ts'
export type { RunningServer } from './serve.ts'
export * from './settings.ts'
export type { Store } from './store/store.ts'

// The web framework and the database drivers are loaded when a server starts, not when a command reads a JWT.

/** Opens the store, listens, and sweeps once a minute until it is closed. @throws SettingError */
export async function serve(settings: Settings, log?: Deps['log']): Promise<RunningServer> {
  const program = await import('./serve.ts')
  return program.serve(settings, log)
}

/** The database of these settings; makes or migrates it when needed. */
export async function openStore(settings: Pick<Settings, 'database_url' | 'data'>): Promise<Store> {
  const program = await import('./serve.ts')
  return program.openStore(settings)
}

/** One token request explained straight from the database, for whoever operates the server; undefined when there is none. */
export async function explainForOperator(
  settings: Settings,
  trace_id: string,
): Promise<ExplainedTokenRequestAnswer | undefined> {
  const [{ openStore, systemClock, withAddress }, program] = await Promise.all([
    import('./serve.ts'),
    import('./explain-for-operator.ts'),
  ])
  const store = await openStore(settings)
  try {
    const deps = { store, clock: systemClock, random: randomBytes, settings: await withAddress(settings) }
    return await program.explainForOperator(deps, trace_id)
  } finally {
    await store.close()
  }
}
