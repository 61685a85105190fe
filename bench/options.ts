import { parseArgs } from 'node:util'

const help = `npm run bench -- [options]

Measures the token request in one run on one machine: bare node:http, oidc-provider in memory, and Valetkey on SQLite
and on PostgreSQL, both durable; then refused requests, and the passphrase path against bare Argon2id.

  --quick        fewer and shorter rounds, some 30 seconds in all
  --only LIST    parts, separated by commas: bare, oidc-provider, sqlite, postgres, refused, passphrase
  --cpu-prof     also writes a CPU profile of each Valetkey server
  --help         this text

What was measured is also written to bench/results.
`

export const parts = ['bare', 'oidc-provider', 'sqlite', 'postgres', 'refused', 'passphrase'] as const
export type Part = (typeof parts)[number]

/** Rounds, and requests a round: one to four seconds each, Argon2id included, which is slow on purpose. */
const sizes = {
  full: { rounds: 5, bare: 60_000, oidc: 10_000, valetkey: 20_000, refused: 12_000, passphrase: 60 },
  quick: { rounds: 3, bare: 15_000, oidc: 2000, valetkey: 3000, refused: 1500, passphrase: 16 },
}
export type Size = (typeof sizes)['full']

export interface Options {
  readonly size: Size
  readonly profile: boolean
  /** True when one of these parts was asked for. */
  wants(...any: Part[]): boolean
}

/** What to do instead of measuring. */
export interface Words {
  readonly text: string
  readonly exitCode: number
}

export function readOptions(args: readonly string[]): Options | Words {
  try {
    return optionsOf([...args])
  } catch (error) {
    return { text: `${error instanceof Error ? error.message : String(error)}\n\n${help}`, exitCode: 2 }
  }
}

/** @throws TypeError for an option that there is not */
function optionsOf(args: string[]): Options | Words {
  const { values } = parseArgs({
    args,
    options: {
      quick: { type: 'boolean', default: false },
      only: { type: 'string', default: parts.join() },
      'cpu-prof': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return { text: help, exitCode: 0 }
  const chosen = values.only.split(',').map((name) => name.trim())
  const unknown = chosen.find((name) => !parts.some((part) => part === name))
  if (unknown !== undefined) throw new TypeError(`There is no part ${unknown}`)
  return {
    size: values.quick ? sizes.quick : sizes.full,
    profile: values['cpu-prof'],
    wants: (...any) => any.some((part) => chosen.includes(part)),
  }
}

/**
 * Options that are all whole numbers, such as `--samples 10000`. With `--help` or a typing error it says so, prints
 * `help` and ends the program.
 */
export function readNumbers<Name extends string>(
  help: string,
  defaults: Readonly<Record<Name, number>>,
): Readonly<Record<Name, number>> {
  const said = (text: string, exitCode: number): never => {
    const stream = exitCode === 0 ? process.stdout : process.stderr
    stream.write(`${text}\n`)
    process.exit(exitCode)
  }
  const names = Object.keys(defaults) as Name[]
  const text = Object.fromEntries(names.map((name) => [name, { type: 'string' as const }]))
  try {
    const { values } = parseArgs({ options: { ...text, help: { type: 'boolean' } } }) as {
      values: Readonly<Record<string, string | boolean | undefined>>
    }
    if (values.help === true) return said(help, 0)
    const numbers = names.map((name) => {
      const value = values[name] ?? String(defaults[name])
      if (!/^[1-9]\d{0,8}$/.test(String(value))) throw new TypeError(`--${name} is a whole number from 1`)
      return [name, Number(value)]
    })
    return Object.fromEntries(numbers) as Record<Name, number>
  } catch (error) {
    return said(`${error instanceof Error ? error.message : String(error)}\n\n${help}`, 2)
  }
}
