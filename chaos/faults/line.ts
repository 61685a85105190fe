import { setTimeout as sleep } from 'node:timers/promises'
import { type Behaviour, openLine } from '../line.ts'
import { onDatabase, onStage } from '../on-stage.ts'
import type { Chance } from '../random.ts'
import type { Fault } from '../run.ts'
import { trials } from '../stage.ts'

/** Every fifth time for longer than the server waits for a statement. */
const hangMs = (chance: Chance, nth: number): number => (nth % 5 === 4 ? 14_000 : chance.between(300, 3000))

export const lineFaults: readonly Fault[] = [
  misbehaving(
    'hang',
    'the database hangs',
    'Nothing goes to the database or comes from it, sometimes for longer than a server waits.',
    hangMs,
  ),
  misbehaving(
    'reset',
    'connections to the database are reset',
    'Every connection is reset, and every new one, for a while.',
    (chance) => chance.between(50, 1500),
  ),
  misbehaving(
    'slow',
    'the database is slow',
    'Every piece of a question and of an answer takes 120 ms on its way.',
    (chance) => chance.between(800, 2000),
  ),
  misbehaving(
    'cut-answer',
    'answers of the database are cut',
    'The connection is reset in the middle of each answer.',
    (chance) => chance.between(200, 1000),
  ),
  misbehaving(
    'cut-after-commit',
    'cut after COMMIT',
    'The database commits, and the connection is reset before it can say so: nobody knows whether it did.',
    (chance) => chance.between(200, 1000),
  ),
]

function misbehaving(
  how: Exclude<Behaviour, 'through'>,
  title: string,
  what: string,
  howLong: (chance: Chance, nth: number) => number,
): Fault {
  return {
    name: how === 'slow' ? 'slow-database' : how,
    title,
    what,
    times: { full: 10, quick: 2, smoke: how === 'cut-after-commit' ? 1 : 0 },
    run: (given) =>
      onDatabase(given.site, how, {}, async (_postgres, direct_url) => {
        const line = await openLine(given.site, direct_url)
        const options = { name: `line-${how}`, database_url: line.url, direct_url, servers: [{}, {}] }
        return onStage(given, options, async ({ stage, outcome }) => {
          await trials(stage, outcome, given.times, async (nth) => {
            line.behave(how)
            await sleep(howLong(given.chance, nth))
            line.behave('through')
          })
          if (how !== 'hang' && how !== 'slow') outcome.notes.unshift(`${line.cuts()} connections cut`)
        })
      }),
  }
}
