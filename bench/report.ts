import type { Measured } from './measure.ts'

export interface Section {
  readonly title: string
  readonly references: readonly string[]
  readonly results: readonly Measured[]
}

export interface Goal {
  readonly about: string
  readonly wanted: string
  readonly measured: number
  readonly reached: boolean
}

/** The tables, and what became of the goals. */
export function report(sections: readonly Section[]): { text: string; goals: readonly Goal[] } {
  const results = sections.flatMap((section) => section.results)
  const goals = goalsOf(results)
  const restless = results.some(({ slowest, fastest }) => fastest > 1.5 * slowest)
  const text = [
    ...sections.map(table),
    ...(goals.length > 0 ? [goalsTable(goals)] : []),
    ...(restless
      ? ['Some rounds were half as fast again as others: something else was running. Measure again.\n']
      : []),
  ].join('\n')
  return { text, goals }
}

function table({ title, references, results }: Section): string {
  const known = references.filter((name) => results.some((result) => result.name === name))
  const head = ['/s', 'slowest', 'fastest', ...known.map((name) => `× ${name}`), 'p50 ms', 'p99 ms', 'CPU µs']
  const rows = results.map((result) => [
    result.name,
    ...[result.per_second, result.slowest, result.fastest].map(rounded),
    ...known.map((name) => rounded(ratio(results, result.name, name))),
    ...[result.p50, result.p99, result.cpu, result.startMs].map(rounded),
    ...[result.idle, result.loaded].map(({ rss }) => rounded(rss / 1e6)),
  ])
  return `${aligned([[title, ...head, 'start ms', 'MB idle', 'MB loaded'], ...rows])}\n`
}

function goalsTable(goals: readonly Goal[]): string {
  const rows = goals.map((goal) => [
    goal.about,
    goal.wanted,
    rounded(goal.measured),
    goal.reached ? 'yes' : 'no',
  ])
  return `${aligned([['Goals', 'wanted', 'measured', 'reached'], ...rows])}\n`
}

/** The goals whose two sides were both measured. */
function goalsOf(results: readonly Measured[]): Goal[] {
  const of = (name: string) => results.find((result) => result.name === name)
  const atLeast = (wanted: number, name: string, reference: string): Goal[] => {
    const measured = ratio(results, name, reference)
    const about = `${name}: rate × ${reference}`
    return Number.isNaN(measured)
      ? []
      : [{ about, wanted: `≥ ${wanted}`, measured, reached: measured >= wanted }]
  }
  const quick = (name: string): Goal[] => {
    const measured = of(name)?.p99
    const about = `${name}: p99 in ms`
    return measured === undefined ? [] : [{ about, wanted: '≤ 15', measured, reached: measured <= 15 }]
  }
  return [
    ...['Valetkey, SQLite', 'Valetkey, PostgreSQL'].flatMap((name) => [
      ...atLeast(2.5, name, 'oidc-provider'),
      ...atLeast(0.14, name, 'bare node:http'),
      ...quick(name),
    ]),
    ...['wrong signature', 'unknown client'].flatMap((kind) =>
      atLeast(3, `Valetkey, ${kind}`, `oidc-provider, ${kind}`),
    ),
    ...atLeast(0.9, 'Valetkey, passphrase', 'bare Argon2id'),
  ]
}

function ratio(results: readonly Measured[], name: string, reference: string): number {
  const rate = (of: string) => results.find((result) => result.name === of)?.per_second ?? Number.NaN
  return rate(name) / rate(reference)
}

/** Three digits say more than a benchmark knows; whole numbers from 100 on. */
export function rounded(value: number): string {
  if (Number.isNaN(value)) return ''
  return Math.abs(value) >= 100
    ? Math.round(value).toLocaleString('en')
    : String(Number(value.toPrecision(3)))
}

/** The first column to the left, numbers to the right. */
export function aligned(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  ')
  const [head = '', ...body] = rows.map(line)
  return [head, '─'.repeat(head.length), ...body].join('\n')
}
