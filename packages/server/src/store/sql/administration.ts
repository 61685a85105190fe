import type { Administration } from '../administration.ts'
import { closeAccount } from './close-account.ts'
import { dossier } from './dossier.ts'
import type { Engine } from './engine.ts'
import { figures } from './figures.ts'
import { imports } from './imports.ts'
import { overviews } from './overviews.ts'
import { suspensions } from './suspensions.ts'

/** The operator's part of the store. */
export function administration(engine: Engine): Administration {
  return {
    ...overviews(engine),
    ...figures(engine),
    ...suspensions(engine),
    ...imports(engine),
    closeAccount: (kind, id, by, now) => closeAccount(engine, kind, id, by, now),
    dossier: (user_id, now) => dossier(engine, user_id, now),
  }
}
