import { flood } from '../flood.ts'
import { junk } from '../junk.ts'
import { onPostgres } from '../on-stage.ts'
import type { Fault } from '../run.ts'
import { trials } from '../stage.ts'

/** In all, over all times. */
const requests = 1_000_000

/** A million requests that nobody honest sends, a tenth of them at a time. */
export const junkRequests: Fault = {
  name: 'junk',
  title: 'junk requests',
  what: 'A million requests in all: noise, forged JWTs, deep and wide JSON, wrong methods, what is no HTTP; clients at work meanwhile notice nothing.',
  times: { full: 10, quick: 1, smoke: 1 },
  run: (given) =>
    onPostgres(given, { name: 'junk' }, async ({ stage, outcome }) => {
      const { chance, times, length } = given
      const [pair] = stage.town.pairs
      const most = length === 'full' ? requests / 10 : length === 'quick' ? 20_000 : 600
      const statuses = new Map<number, number>()
      const begin = performance.now()
      let sent = 0
      const throwAll = async (count: number): Promise<void> => {
        const floods = await Promise.all(
          stage.servers.map(({ port }) =>
            pair === undefined
              ? undefined
              : flood(port, junk(chance, pair.app, count / stage.servers.length)),
          ),
        )
        for (const one of floods) {
          sent += one?.sent ?? 0
          for (const [status, times] of one?.statuses ?? [])
            statuses.set(status, (statuses.get(status) ?? 0) + times)
        }
      }
      await trials(stage, outcome, times, () => throwAll(most), { harmless: true, codes: 200 })
      const rate = Math.round(sent / ((performance.now() - begin) / 1000))
      const told = [...statuses].toSorted(([one], [other]) => one - other)
      for (const [status, times] of told)
        if (status >= 500)
          outcome.breaches.push({
            invariant: 'answers',
            words: `${times} × junk was answered with ${status}`,
          })
      outcome.notes.unshift(
        `${sent.toLocaleString('en')} junk requests, ${rate.toLocaleString('en')} a second: ${told
          .map(([status, times]) => `${status === 0 ? 'closed' : status} ${times.toLocaleString('en')} times`)
          .join(', ')}`,
      )
    }),
}
