import { parseArgs } from 'node:util'

const help = `npm run bench -- [options]

Measures the token request in one run on one machine: bare node:http, oidc-provider in memory, and Valetkey on SQLite
and on PostgreSQL, both durable; then refused requests, and the passphrase path against bare Argon2id.

  --quick        fewer and shorter rounds, some 30 seconds in all
  --only LIST    parts, separated by commas: bare, oidc-provider, sqlite, postgres, refused, introspection, passphrase,
                 access-grant
  --write-docs   writes docs/performance.md from what was measured, and from the newest run of bench:history
  --cpu-prof     also writes a CPU profile of each Valetkey server
  --help         this text

What was measured is also written to bench/results.
`

export const parts = [
  'bare',
  'oidc-provider',
  'sqlite',
  'postgres',
  'refused',
  'introspection',
  'passphrase',
  'access-grant',
] as const
export type Part = (typeof parts)[number]

/** Rounds, and requests a round: one to four seconds each, Argon2id included, which is slow on purpose. */
const sizes = {
  full: {
    rounds: 5,
    bare: 60_000,
    oidc: 10_000,
    oidcPostgres: 5000,
    valetkey: 20_000,
    refused: 12_000,
    introspection: 10_000,
    passphrase: 60,
    beside: 1000,
    accessGrantMs: 3000,
  },
  quick: {
    rounds: 3,
    bare: 15_000,
    oidc: 2000,
    oidcPostgres: 1000,
    valetkey: 3000,
    refused: 1500,
    introspection: 1500,
    passphrase: 16,
    beside: 200,
    accessGrantMs: 1000,
  },
}
export type Size = (typeof sizes)['full']

export interface Options {
  readonly size: Size
  readonly profile: boolean
  readonly writeDocs: boolean
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
      'write-docs': { type: 'boolean', default: false },
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
    writeDocs: values['write-docs'],
    wants: (...any) => any.some((part) => chosen.includes(part)),
  }
}

/**
 * Reads options of which each is a whole number from 1, or, where its default is `false`, a switch. Asked for help, or
 * given anything else, it says so and ends.
 */
export function readNumbers<const Defaults extends Readonly<Record<string, number | false>>>(
  help: string,
  defaults: Defaults,
): { readonly [Name in keyof Defaults]: Defaults[Name] extends false ? boolean : number } {
  const said = (text: string, exitCode: number): never => {
    const stream = exitCode === 0 ? process.stdout : process.stderr
    stream.write(`${text}\n`)
    process.exit(exitCode)
  }
  const types = Object.entries(defaults).map(
    ([name, usual]) =>
      [name, { type: usual === false ? ('boolean' as const) : ('string' as const) }] as const,
  )
  try {
    const { values } = parseArgs({
      options: { ...Object.fromEntries(types), help: { type: 'boolean' } },
    }) as {
      values: Readonly<Record<string, string | boolean | undefined>>
    }
    if (values.help === true) return said(help, 0)
    const read = Object.entries(defaults).map(([name, usual]) => {
      const value = values[name] ?? usual
      if (usual === false) return [name, value]
      if (!/^[1-9]\d{0,8}$/.test(String(value))) throw new TypeError(`--${name} is a whole number from 1`)
      return [name, Number(value)]
    })
    return Object.fromEntries(read)
  } catch (error) {
    return said(`${error instanceof Error ? error.message : String(error)}\n\n${help}`, 2)
  }
}
