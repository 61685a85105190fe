import { goals, type Run } from './goals.ts'
import type { Measured } from './measure.ts'

export interface Section {
  readonly title: string
  readonly references: readonly string[]
  readonly results: readonly Measured[]
}

/** The tables, and what became of the goals. */
export function report(sections: readonly Section[], run: Run): string {
  return [
    ...sections.map((section) => `${aligned(tableOf(section))}\n`),
    `${aligned([['Goals', 'wanted', 'measured', 'reached'], ...goalRows(run)])}\n`,
    ...(isRestless(run.results) ? [`${restlessWords}\n`] : []),
  ].join('\n')
}

export const isRestless = (results: readonly Measured[]): boolean =>
  results.some(({ slowest, fastest }) => fastest > 1.5 * slowest)

export const restlessWords =
  'Some rounds were half as fast again as others: something else was running. Measure again.'

export function tableOf({ title, references, results }: Section): string[][] {
  const known = references.filter((name) => results.some((result) => result.name === name))
  const head = ['/s', 'slowest', 'fastest', ...known.map((name) => `× ${name}`), 'p50 ms', 'p99 ms', 'CPU µs']
  const rows = results.map((result) => [
    result.name,
    ...[result.per_second, result.slowest, result.fastest].map(rounded),
    ...known.map((name) => rounded(ratio(results, result.name, name))),
    ...[result.p50, result.p99, result.cpu, result.startMs].map(rounded),
    ...[result.idle, result.loaded].map(({ rss }) => rounded(rss / 1e6)),
  ])
  return [[title, ...head, 'start ms', 'MB idle', 'MB loaded'], ...rows]
}

/** Each goal with its figure and whether it is reached; empty where it was not measured. */
export const goalRows = (run: Run): string[][] =>
  goals.map((goal) => {
    const measured = goal.measured(run)
    const known = measured !== undefined && !Number.isNaN(measured)
    return [
      goal.about,
      goal.wanted,
      ...(known ? [rounded(measured), goal.reached(measured) ? 'yes' : 'no'] : ['', '']),
    ]
  })

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
