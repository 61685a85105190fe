import { createPostgres, type Postgres, type PostgresChoices } from './postgres.ts'
import type { Fault } from './run.ts'
import type { Site } from './site.ts'
import { finish, newOutcome, type Outcome, openStage, type Stage, type StageOptions } from './stage.ts'

type Given = Pick<Parameters<Fault['run']>[0], 'site' | 'chance'>

export interface OnStage {
  readonly stage: Stage
  /** What comes of it, and what `onStage` resolves with. */
  readonly outcome: Outcome
}

export interface OnPostgres extends OnStage {
  readonly postgres: Postgres
}

interface FaultOptions extends StageOptions {
  /** How much of what clients were told is tried at the end. */
  readonly tried?: number
}

/** Opens a stage, does the work, looks at everything once more and ends the servers. */
export async function onStage(
  { site, chance }: Given,
  { tried, ...options }: FaultOptions,
  work: (on: OnStage) => Promise<void>,
): Promise<Outcome> {
  const outcome = newOutcome()
  const stage = await openStage(site, chance, options)
  outcome.ledgers.push(stage.ledger)
  await work({ stage, outcome })
  await finish(stage, outcome, tried)
  return outcome
}

/** A PostgreSQL with an empty database for the time of the work. Of a failed one the site ends the process. */
export async function onDatabase<Result>(
  site: Site,
  name: string,
  choices: PostgresChoices,
  work: (postgres: Postgres, database_url: string) => Promise<Result>,
): Promise<Result> {
  const postgres = await createPostgres(site, name, choices)
  await postgres.start()
  const result = await work(postgres, await postgres.createDatabase())
  await postgres.end('SIGINT')
  return result
}

/** Both: a stage, of two servers unless others are named, on a PostgreSQL of its own. */
export const onPostgres = (
  given: Given,
  {
    place,
    settings,
    servers = [{}, {}],
    ...options
  }: Omit<FaultOptions, 'servers'> & Partial<Pick<FaultOptions, 'servers'>> & PostgresChoices,
  work: (on: OnPostgres) => Promise<void>,
): Promise<Outcome> =>
  onDatabase(given.site, `pg-${options.name}`, { place, settings }, (postgres, database_url) =>
    onStage(given, { ...options, database_url, servers }, (on) => work({ ...on, postgres })),
  )
