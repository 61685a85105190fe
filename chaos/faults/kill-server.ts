import { setTimeout as sleep } from 'node:timers/promises'
import { onPostgres, onStage } from '../on-stage.ts'
import type { Fault } from '../run.ts'
import { trial } from '../stage.ts'

/** `kill -9` of the one server on SQLite, and its start in the same place. */
export const killSqlite: Fault = {
  name: 'kill-sqlite',
  title: 'kill -9 of the server, SQLite',
  what: 'The one server is killed in the middle of requests and started again, as a supervisor does.',
  times: { full: 100, quick: 5, smoke: 1 },
  run: (given) =>
    onStage(given, { name: 'sqlite', servers: [{}] }, async ({ stage, outcome }) => {
      const [server] = stage.servers
      for (let n = 0; n < given.times; n++)
        await trial(stage, outcome, async () => {
          await server?.kill()
          const begun = performance.now()
          await server?.start()
          return begun
        })
    }),
}

/** `kill -9` of one of two servers, or of both, on one PostgreSQL. */
export const killPostgres: Fault = {
  name: 'kill-postgres',
  title: 'kill -9 of a server, two on PostgreSQL',
  what: 'One of two servers is killed, sometimes both at once, while the other goes on; then started again.',
  times: { full: 100, quick: 5, smoke: 0 },
  run: (given) =>
    onPostgres(given, { name: 'killed' }, async ({ stage, outcome }) => {
      const { chance, times } = given
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
    }),
}
