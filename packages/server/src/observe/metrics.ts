import type { MetricObjectWithValues, MetricValue } from 'prom-client'
import {
  type CounterName,
  type GaugeName,
  type HistogramName,
  type LabelsOf,
  type MetricName,
  metricRows,
} from './metric-rows.ts'

/** What the server counts of itself, for whoever operates it. Every name, label and meaning is in `metricRows`. */
export interface Metrics {
  /** False where nobody asks for figures: then nothing is counted, and what only counts need not even be there. */
  readonly on: boolean
  count<Name extends CounterName>(name: Name, labels: LabelsOf<Name>, by?: number): void
  /** In the unit that the metric's name says. */
  observe<Name extends HistogramName>(name: Name, labels: LabelsOf<Name>, value: number): void
  /** Lets `read` tell the figure whenever somebody collects; the last one who says so for these labels is asked. */
  gauge<Name extends GaugeName>(name: Name, labels: LabelsOf<Name>, read: () => number): void
  /** What Prometheus reads, of this process. */
  page(): Promise<MetricsPage>
  /** The same in a form that passes between processes, for `pageOfMany`. */
  snapshot(): Promise<MetricsSnapshot>
}

/** The figures of one process. */
export type MetricsSnapshot = readonly MetricObjectWithValues<MetricValue<string>>[]

/** The text that Prometheus reads. */
export interface MetricsPage {
  readonly content_type: string
  readonly text: string
}

export const noMetrics: Metrics = {
  on: false,
  count: () => undefined,
  observe: () => undefined,
  gauge: () => undefined,
  page: async () => ({ content_type: 'text/plain', text: '' }),
  snapshot: async () => [],
}

/** Series of one metric beyond these are counted together as `other`, so that memory is bounded whatever comes. */
const mostSeries = 2000

/** Counts in this process's memory. What it takes is loaded only here: a server that nobody measures never loads it. */
export async function createMetrics(): Promise<Metrics> {
  const { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } = await import('prom-client')
  const register = new Registry()
  collectDefaultMetrics({ register })
  const written = new Map<MetricName, Write>()
  const reads = new Map<string, () => void>()

  for (const [name, row] of Object.entries(metricRows) as [MetricName, (typeof metricRows)[MetricName]][]) {
    const common = {
      name: row.name,
      help: row.means,
      labelNames: [...row.labels],
      registers: [register],
      aggregator: 'together' in row ? row.together : ('sum' as const),
    }
    if (row.kind === 'counter') {
      const counter = new Counter(common)
      written.set(
        name,
        fitting(row.labels, (labels, by) => counter.inc(labels, by)),
      )
    } else if (row.kind === 'gauge') {
      const gauge = new Gauge(common)
      written.set(
        name,
        fitting(row.labels, (labels, value) => gauge.set(labels, value)),
      )
    } else {
      const histogram = new Histogram({ ...common, buckets: [...row.buckets] })
      written.set(
        name,
        fitting(row.labels, (labels, value) => histogram.observe(labels, value)),
      )
    }
  }
  const write = (name: MetricName, labels: Labels, value: number) => written.get(name)?.(labels, value)
  const read = () => {
    for (const readOne of reads.values()) readOne()
  }

  return {
    on: true,
    count: (name, labels, by = 1) => write(name, labels, by),
    observe: write,
    gauge: (name, labels, value) =>
      void reads.set(JSON.stringify([name, labels]), () => write(name, labels, value())),
    async page() {
      read()
      return { content_type: register.contentType, text: await register.metrics() }
    },
    async snapshot() {
      read()
      return await register.getMetricsAsJSON()
    },
  }
}

/** One page out of the figures of several processes that serve together. */
export async function pageOfMany(snapshots: readonly MetricsSnapshot[]): Promise<MetricsPage> {
  const { AggregatorRegistry } = await import('prom-client')
  const register = AggregatorRegistry.aggregate(snapshots.map((snapshot) => [...snapshot]))
  return { content_type: register.contentType, text: await register.metrics() }
}

type Labels = Readonly<Record<string, string>>
type Write = (labels: Labels, value: number) => void

/** Keeps the labels of a metric to words, and its series to a number. */
function fitting(names: readonly string[], write: Write): Write {
  if (names.length === 0) return (_labels, value) => write({}, value)
  const known = new Map<string, Labels>()
  const other = Object.fromEntries(names.map((name) => [name, 'other']))
  return (labels, value) => {
    let key = ''
    for (const name of names) key += `${labels[name]}\n`
    let fit = known.get(key)
    if (fit === undefined) {
      if (known.size >= mostSeries) return write(other, value)
      fit = Object.fromEntries(names.map((name) => [name, word(labels[name])]))
      known.set(key, fit)
    }
    write(fit, value)
  }
}

/** Names of routes, methods, reasons and versions; whatever else came here by mistake is not repeated. */
const word = (value: string | undefined): string =>
  value !== undefined && /^[\w.:/*{}-]{1,120}$/.test(value) ? value : 'other'
