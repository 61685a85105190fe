import { setTimeout as sleep } from 'node:timers/promises'
import { createPostgres } from '../postgres.ts'
import type { Fault } from '../run.ts'
import { finish, newOutcome, openStage, trial } from '../stage.ts'

/** `kill -9` of the one server on SQLite, and its start in the same place. */
export const killSqlite: Fault = {
  name: 'kill-sqlite',
  title: 'kill -9 of the server, SQLite',
  what: 'The one server is killed in the middle of requests and started again, as a supervisor does.',
  times: { full: 100, quick: 5, smoke: 1 },
  async run({ site, chance, times }) {
    const outcome = newOutcome()
    const stage = await openStage(site, chance, { name: 'sqlite', servers: [{}] })
    outcome.ledgers.push(stage.ledger)
    const [server] = stage.servers
    for (let n = 0; n < times; n++)
      await trial(stage, outcome, async () => {
        await server?.kill()
        const begun = performance.now()
        await server?.start()
        return begun
      })
    await finish(stage, outcome)
    return outcome
  },
}

/** `kill -9` of one of two servers, or of both, on one PostgreSQL. */
export const killPostgres: Fault = {
  name: 'kill-postgres',
  title: 'kill -9 of a server, two on PostgreSQL',
  what: 'One of two servers is killed, sometimes both at once, while the other goes on; then started again.',
  times: { full: 100, quick: 5, smoke: 0 },
  async run({ site, chance, times }) {
    const outcome = newOutcome()
    const postgres = await createPostgres(site, 'pg-kill')
    await postgres.start()
    const database_url = await postgres.createDatabase()
    const stage = await openStage(site, chance, { name: 'killed', database_url, servers: [{}, {}] })
    outcome.ledgers.push(stage.ledger)
    for (let n = 0; n < times; n++) {
      const victims = chance.happens(0.2) ? stage.servers : [chance.pick(stage.servers)]
      await trial(stage, outcome, async () => {
        await Promise.all(victims.map((victim) => victim.kill()))
        await sleep(chance.between(0, 100))
        const begun = performance.now()
        await Promise.all(victims.map((victim) => victim.start()))
        return begun
      })
    }
    await finish(stage, outcome)
    await postgres.end('SIGINT')
    return outcome
  },
}
