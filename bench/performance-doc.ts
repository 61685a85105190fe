import type { Run } from './goals.ts'
import type { Share } from './profile.ts'
import { goalRows, isRestless, restlessWords, rounded, type Section, tableOf } from './report.ts'

/** What was measured, and on what. */
export interface Measurements {
  readonly machine: {
    readonly cpu: string | undefined
    readonly cores: number
    readonly node: string
    readonly postgres: string | undefined
    readonly sync_ms: number
    readonly rounds: number
  }
  readonly sections: readonly Section[]
  readonly run: Run
  readonly shares: readonly Share[]
}

/** `docs/performance.md`, printed from one run. */
export function performanceDoc({ machine, sections, run, shares }: Measurements): string {
  const { cpu, cores, node, postgres, sync_ms, rounds } = machine
  return `# Speed

<!-- Printed by "npm run bench -- --write-docs": change bench/performance-doc.ts, not this file. -->

Measured with \`npm run bench\` on one machine, in one run: ${cpu ?? 'an unknown CPU'}, ${cores} cores, Node ${node}${
    postgres === undefined ? '' : `, PostgreSQL ${postgres}`
  }, SQLite as Node has it; a write of 4 kB with its sync takes ${rounded(sync_ms)} ms on its disk. Medians of ${rounds} rounds.
Only the ratios mean anything elsewhere.${isRestless(run.results) ? `\n\n**${restlessWords}**` : ''}

## Goals

${markdown([['measure', 'goal', 'measured', 'reached'], ...goalRows(run)])}

An empty cell was not measured in this run. History comes from \`npm run bench:history\`${
    run.history === undefined ? '' : `, ${run.history.rows.toLocaleString('en')} rows in each large table`
  }.

## How it is measured

- One process per server, alone on one core. The load generator and PostgreSQL have the other. 32 keep-alive connections
  each wait for their answer; every request is different, every answer is checked.
- **bare node:http** parses JSON and writes JSON of the same size, and does nothing: nothing on Node gets below it.
- **oidc-provider** 9 redeems codes with \`client_secret_jwt\`, in memory, where nothing is durable, and over PostgreSQL with
  one prepared statement per call of its adapter.
- **Valetkey** runs as \`npm start\` runs it, log, traces and audit events included, limits of requests aside: on SQLite
  with WAL and \`synchronous=FULL\`, on PostgreSQL with \`fsync\` and \`synchronous_commit\` on. What was answered is durable.
- Rounds take turns, so that what disturbs the machine disturbs all alike. *CPU µs* is what the server's process spent per
  request, all threads together.
- A refused token request writes nothing before its answer. Its count, and its trace where there is room for it, follow
  behind it in batches.
- Introspection asks about 200 tokens in turn, with a JWT of its own each time.
- Beside passphrases: a token request without one every 10 ms, first alone, then while eight connections send nothing but
  passphrases, on all cores. Memory is the highest resident set in that time.
- An access grant is parsed, restricted to one prefix and serialized, by ours and by Storj's Go code compiled to
  WebAssembly, both in Node, one after the other on one core; the quickest batch counts.

## All figures

${sections.map((section) => markdown(tableOf(section))).join('\n\n')}
${accessGrants(run)}
## Where the time goes

A token request on SQLite, by a CPU profile of the busy time. A built-in function counts for whoever called it.

${markdown([['part', 'share'], ...shares.map(({ part, share }) => [part, `${rounded(share * 100)} %`])])}

The floor is what remains when all of ours is gone: Node's own HTTP, one sync of the disk for each group of requests,
two HMACs for the JWT, two for the macaroon, two SHA-256 and the base58 of the access grant, AES for the sealed API key. A sketch of
nothing but these, without traces, audit events and log, reached 2.8 × oidc-provider in memory on SQLite and 2.7 × on
PostgreSQL.
`
}

function accessGrants({ accessGrant }: Run): string {
  if (accessGrant === undefined) return ''
  const { ours, goInWebAssembly, goNative } = accessGrant
  const row = (name: string, ns: number) => [
    name,
    Number.isNaN(ns) ? 'Go is not installed here' : rounded(ns / 1000),
  ]
  return `
${markdown([
  ['access grant parsed, restricted, serialized', 'µs'],
  row('@valetkey/access-grant', ours),
  row('Go in WebAssembly', goInWebAssembly),
  row('Go, native', goNative),
])}
`
}

/** The first column to the left, numbers to the right. */
function markdown([head = [], ...rows]: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map((_, column) => (column === 0 ? '---' : '---:'))), ...rows.map(line)].join(
    '\n',
  )
}
