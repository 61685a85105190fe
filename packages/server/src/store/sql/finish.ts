import { sql } from 'kysely'
import { endAccessOfClient } from './client-endings.ts'
import { closeAccount } from './close-account.ts'
import type { Engine } from './engine.ts'
import type { EndingRow } from './pending-endings.ts'
import { accountTables, finishSuspension } from './suspensions.ts'

/** Of each kind, what is gone on with in one sweep. */
const finishedAtOnce = 10

/** Seconds after which whoever began it has finished or never will; should they be slow, two do the same. */
const brokenOffAfter = 60

/**
 * Deletions, suspensions and ends of access that broke off, because the server or the database did. Each by itself, and
 * in no order: what fails again and again keeps nothing else from being finished.
 */
export async function finishBrokenOff(
  engine: Engine,
  now: number,
  failed: (cause: unknown) => void,
): Promise<void> {
  const { db } = engine
  const begun = db
    .selectFrom('endings')
    .selectAll()
    .where('begun_at', '<=', now - brokenOffAfter)
  for (const ending of await begun.orderBy(inNoOrder).limit(finishedAtOnce).execute())
    await finishEnding(engine, { ...ending }, now).catch(failed)

  for (const kind of ['developer', 'user'] as const) {
    // In full, not as a parameter: only then do both databases see that the index over them answers it.
    const closing = db.selectFrom(accountTables[kind]).select('id').where(sql<boolean>`state = 'closing'`)
    for (const { id } of await closing.orderBy(inNoOrder).limit(finishedAtOnce).execute())
      await closeAccount(engine, kind, id, 'operator', now).catch(failed)
  }
}

const inNoOrder = sql`random()`

function finishEnding(engine: Engine, ending: EndingRow, now: number): Promise<unknown> {
  return ending.target === 'client'
    ? endAccessOfClient(engine, ending, now)
    : finishSuspension(engine, ending.target, ending, now)
}
