import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'
import { join } from 'node:path'
import { type Breach, type Counts, invariants } from './ledger.ts'
import type { Fault } from './run.ts'
import { megabytes, type Outcome } from './stage.ts'

/** One fault and what it came to, or why it could not be made. */
export interface Line {
  readonly fault: Pick<Fault, 'name' | 'title' | 'what'>
  readonly seconds: number
  readonly outcome: Outcome | undefined
  readonly skipped?: string
}

export interface Report {
  readonly command: string
  readonly seed: number
  readonly lines: readonly Line[]
}

const document = 'docs/chaos.md'

/** The table for a terminal and for a document: they are the same. */
export function tableOf(lines: readonly Line[]): string {
  const head = [
    'Fault',
    'Times',
    'Requests',
    'Granted',
    'Refused',
    'Refreshed',
    'Ended',
    'Unknown',
    '503',
    'Recovery ms, median',
    'max',
    'Invariants',
  ]
  const rows = lines.map(({ fault, outcome, skipped }) => {
    if (outcome === undefined)
      return [fault.title, '0', ...Array.from({ length: 9 }, () => ''), `SKIPPED: ${skipped ?? ''}`]
    const counts = totalOf(outcome)
    const sorted = outcome.recoveries.toSorted((one, other) => one - other)
    return [
      fault.title,
      String(outcome.times),
      ...[
        counts.requests,
        counts.granted,
        counts.refused,
        counts.refreshed,
        counts.ended,
        counts.unknown,
        counts.unavailable,
      ].map((count) => count.toLocaleString('en')),
      at(sorted, 0.5),
      at(sorted, 1),
      outcome.breaches.length === 0 ? 'held' : `BROKEN (${outcome.breaches.length})`,
    ]
  })
  return aligned([head, ...rows])
}

const at = (sorted: readonly number[], share: number): string => {
  const value = sorted[Math.floor((sorted.length - 1) * share)]
  return value === undefined ? '' : Math.round(value).toLocaleString('en')
}

function totalOf({ ledgers }: Outcome): Counts {
  const total: Counts = {
    requests: 0,
    granted: 0,
    refused: 0,
    refreshed: 0,
    ended: 0,
    unknown: 0,
    unavailable: 0,
  }
  for (const { counts } of ledgers)
    for (const name of Object.keys(total) as (keyof Counts)[]) total[name] += counts[name]
  return total
}

/** A markdown table whose columns are also straight in a terminal. */
export function aligned(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0))).join(' | ')} |`
  const [head = [], ...body] = rows
  const rule = `|${widths.map((width, column) => (column === 0 ? '-'.repeat(width + 2) : `${'-'.repeat(width + 1)}:`)).join('|')}|`
  return [line(head), rule, ...body.map(line)].join('\n')
}

/** What broke, each kind of it once and how often. */
export function breachesOf(breaches: readonly Breach[]): string {
  const kinds = new Map<string, number>()
  for (const { invariant, words } of breaches) {
    const kind = `${invariants[invariant]}: ${words}`
    kinds.set(kind, (kinds.get(kind) ?? 0) + 1)
  }
  return [...kinds]
    .slice(0, 20)
    .map(([kind, times]) => `  ${times} × ${kind}`)
    .join('\n')
}

/** In the words of a person who compares machines. */
export const machine = (): string =>
  `${cpus()[0]?.model.trim() ?? 'unknown processor'}, ${cpus().length} cores, ${Math.round(megabytes(totalmem()) / 1024)} GB, ${process.platform}, Node ${process.version}`

export function keepResult(report: Report): string {
  const folder = join(import.meta.dirname, 'results')
  mkdirSync(folder, { recursive: true })
  const file = join(folder, `chaos-${report.seed}-${Date.now()}.json`)
  const lines = report.lines.map(({ fault, seconds, outcome, skipped }) => ({
    fault: fault.name,
    seconds,
    skipped,
    ...(outcome && {
      times: outcome.times,
      counts: totalOf(outcome),
      recoveries: outcome.recoveries.map(Math.round),
      breaches: outcome.breaches,
      notes: outcome.notes,
    }),
  }))
  writeFileSync(file, `${JSON.stringify({ ...report, machine: machine(), lines }, undefined, 2)}\n`)
  return file
}

/** Puts a part into the document, in the place of the part of that name that it had. */
export function writePart(name: 'chaos' | 'soak', text: string): string {
  const path = join(import.meta.dirname, '..', document)
  const [begin, end] = [`<!-- ${name}: begin -->`, `<!-- ${name}: end -->`]
  const whole = readFileSync(path, 'utf8')
  const from = whole.indexOf(begin)
  const to = whole.indexOf(end)
  if (from < 0 || to < 0) throw new Error(`${document} has no place for ${name}`)
  writeFileSync(path, `${whole.slice(0, from + begin.length)}\n\n${text}\n\n${whole.slice(to)}`)
  return document
}

/** The part of the document that a run of all faults prints. */
export function chaosPart({ command, lines }: Report): string {
  const kills = lines
    .filter(({ fault }) => /^kill-/.test(fault.name))
    .reduce((sum, { outcome }) => sum + (outcome?.times ?? 0), 0)
  const faults = lines.map(
    ({ fault, outcome }) =>
      `- **${fault.title}.** ${fault.what}${outcome === undefined || outcome.notes.length === 0 ? '' : ` ${outcome.notes.join('; ')}.`}`,
  )
  return `\`${command}\`, ${machine()}. ${kills} times \`kill -9\`; ${Math.round(lines.reduce((sum, { seconds }) => sum + seconds, 0) / 60)} minutes.

${tableOf(lines)}

${faults.join('\n')}`
}
