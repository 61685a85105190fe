import { randomInt } from 'node:crypto'
import { parseArgs } from 'node:util'
import type { Length } from './run.ts'

export interface Options {
  readonly seed: number
  readonly length: Length
  /** Names of faults; empty for all. */
  readonly only: readonly string[]
  /** How often each is done, if not as often as it says itself. */
  readonly times: number | undefined
  readonly writeDocs: boolean
}

/** What to do instead. */
export interface Words {
  readonly text: string
  readonly exitCode: number
}

const help = (names: readonly string[]): string => `npm run chaos -- [options]

Breaks what a server stands on, again and again, while clients use it, and looks each time whether everything still
holds. Everything is on the loopback and in a temporary folder. The exit code is 1 when an invariant broke.

  --seed N       makes the same choices as the run that printed this seed
  --only LIST    faults, separated by commas: ${names.join(', ')}
  --times N      how often each fault is done
  --quick        each fault a few times, less than ten minutes in all
  --smoke        some faults once or twice
  --write-docs   writes docs/chaos.md
  --help         this text

What came of it is also written to chaos/results.
`

export function readOptions(args: readonly string[], names: readonly string[]): Options | Words {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        seed: { type: 'string' },
        only: { type: 'string', default: '' },
        times: { type: 'string' },
        quick: { type: 'boolean', default: false },
        smoke: { type: 'boolean', default: false },
        'write-docs': { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    })
    if (values.help) return { text: help(names), exitCode: 0 }
    const only = values.only.split(',').filter((name) => name !== '')
    const strange = only.find((name) => !names.includes(name))
    if (strange !== undefined) throw new TypeError(`There is no fault ${strange}`)
    return {
      seed: numberOf('seed', values.seed) ?? randomInt(1, 1_000_000),
      length: values.smoke ? 'smoke' : values.quick ? 'quick' : 'full',
      only,
      times: numberOf('times', values.times),
      writeDocs: values['write-docs'],
    }
  } catch (error) {
    return {
      text: `${error instanceof Error ? error.message : String(error)}\n\n${help(names)}`,
      exitCode: 2,
    }
  }
}

function numberOf(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new TypeError(`--${name} is a whole number from 1`)
  return Number(text)
}
