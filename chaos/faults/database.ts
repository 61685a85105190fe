import { setTimeout as sleep } from 'node:timers/promises'
import { onPostgres } from '../on-stage.ts'
import type { Postgres } from '../postgres.ts'
import type { Chance } from '../random.ts'
import type { Fault } from '../run.ts'
import { trials } from '../stage.ts'

/** SIGKILL of a process behind one connection: PostgreSQL ends all others and recovers by itself. */
export const killBackend = database('kill-backend', {
  title: 'kill -9 of a PostgreSQL backend',
  what: 'The process behind one connection is killed; PostgreSQL drops all the others and recovers.',
  async harm(postgres) {
    const begun = performance.now()
    await postgres.killBackend()
    // First it has to notice, then it has to come back.
    const answers = () =>
      postgres.query('select 1').then(
        () => true,
        () => false,
      )
    for (let tries = 0; tries < 40 && (await answers()); tries++) await sleep(10)
    while (!(await answers())) await sleep(10)
    return begun
  },
})

export const killPostmaster = database('kill-postmaster', {
  title: 'kill -9 of PostgreSQL',
  what: 'The postmaster is killed and started again by whoever supervises it; it recovers from its log.',
  async harm(postgres, chance) {
    await postgres.end('SIGKILL')
    await sleep(chance.between(0, 500))
    const begun = performance.now()
    await postgres.start()
    return begun
  },
})

export const restartPostgres = database('restart-postgres', {
  title: 'immediate restart of PostgreSQL',
  what: 'What `pg_ctl restart -m immediate` does: every connection is dropped, nothing is tidied up.',
  async harm(postgres, chance) {
    await postgres.end('SIGQUIT')
    await sleep(chance.between(0, 300))
    const begun = performance.now()
    await postgres.start()
    return begun
  },
})

interface Harm {
  readonly title: string
  readonly what: string
  /** Resolves with the moment from which the recovery counts. */
  harm(postgres: Postgres, chance: Chance): Promise<number>
}

function database(name: string, { title, what, harm }: Harm): Fault {
  return {
    name,
    title,
    what,
    times: { full: 12, quick: 2, smoke: name === 'kill-postmaster' ? 1 : 0 },
    run: (given) =>
      onPostgres(given, { name: `on-${name}` }, ({ stage, outcome, postgres }) =>
        trials(stage, outcome, given.times, () => harm(postgres, given.chance)),
      ),
  }
}
