/** One metric: its name by Prometheus' conventions, what tells its series apart, and what it means. */
interface MetricRow {
  readonly name: `valetkey_${string}`
  readonly kind: 'counter' | 'histogram' | 'gauge'
  /** Words out of closed lists; never a client, a network, or anything else that people bring. */
  readonly labels: readonly string[]
  readonly means: string
  /** Upper bounds of a histogram. */
  readonly buckets?: readonly number[]
  /** How several processes become one figure; their sum unless it is said. */
  readonly together?: 'max' | 'min'
}

const quick = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.015, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
const groups = [1, 2, 4, 8, 16, 32, 64, 128]

/** Everything the server counts of itself. Node's own figures (`process_*`, `nodejs_*`) come beside them. */
export const metricRows = {
  build_info: {
    name: 'valetkey_build_info',
    kind: 'gauge',
    labels: ['version', 'node', 'store'],
    means: 'always 1; what runs is in its labels',
    together: 'max',
  },
  token_requests: {
    name: 'valetkey_token_requests_total',
    kind: 'counter',
    labels: ['dialect', 'outcome', 'reason'],
    means:
      'token requests that were answered: `granted`, `refused` (why is in `reason`) or `failed` (our fault)',
  },
  token_request_seconds: {
    name: 'valetkey_token_request_seconds',
    kind: 'histogram',
    labels: ['dialect', 'outcome'],
    means: 'how long token requests took, from their headers to the last byte of the answer',
    buckets: quick,
  },
  http_request_seconds: {
    name: 'valetkey_http_request_seconds',
    kind: 'histogram',
    labels: ['method', 'route', 'status'],
    means: 'how long all requests took, by the pattern of their route',
    buckets: quick,
  },
  http_requests_in_progress: {
    name: 'valetkey_http_requests_in_progress',
    kind: 'gauge',
    labels: [],
    means: 'requests that wait for their answer now',
  },
  http_requests_cut_off: {
    name: 'valetkey_http_requests_cut_off_total',
    kind: 'counter',
    labels: [],
    means: 'requests whose client left before the answer was complete',
  },
  refusals: {
    name: 'valetkey_refusals_total',
    kind: 'counter',
    labels: ['reason'],
    means: 'refusals of every route, by their reason; `rate_limited` and `overloaded` are among them',
  },
  redemptions: {
    name: 'valetkey_redemptions_total',
    kind: 'counter',
    labels: ['result'],
    means: 'codes spent (`done`), and those that somebody else spent a moment before (`lost_race`)',
  },
  refreshes: {
    name: 'valetkey_refreshes_total',
    kind: 'counter',
    labels: ['result'],
    means: 'refresh tokens rotated (`done`), and those whose turn was lost (`lost_race`)',
  },
  revocations: {
    name: 'valetkey_revocations_total',
    kind: 'counter',
    labels: ['by'],
    means:
      'grants ended, by whom; `replay` is a code or token that came twice. What ends with a client or an account that is deleted or switched off is not among them',
  },
  consents: {
    name: 'valetkey_consents_total',
    kind: 'counter',
    labels: ['decision'],
    means: 'what users decided',
  },
  sessions: {
    name: 'valetkey_sessions_total',
    kind: 'counter',
    labels: ['kind'],
    means: 'sessions begun, of users and of developers',
  },
  hashing_running: {
    name: 'valetkey_argon2id_running',
    kind: 'gauge',
    labels: ['of'],
    means: 'Argon2id runs now: root keys (`root_key`, 64 MiB each) and passwords (`password`, 19 MiB each)',
  },
  hashing_waiting: {
    name: 'valetkey_argon2id_waiting',
    kind: 'gauge',
    labels: ['of'],
    means: 'Argon2id runs that stand in line',
  },
  hashing_refused: {
    name: 'valetkey_argon2id_refused_total',
    kind: 'counter',
    labels: ['of'],
    means: 'Argon2id runs refused because the line was full; the caller was told to come back',
  },
  hashing_seconds: {
    name: 'valetkey_argon2id_seconds',
    kind: 'histogram',
    labels: ['of'],
    means: 'how long Argon2id took, without the time in line',
    buckets: quick,
  },
  store_seconds: {
    name: 'valetkey_store_seconds',
    kind: 'histogram',
    labels: ['method'],
    means: 'how long the database took, by what was asked of it',
    buckets: quick,
  },
  store_failures: {
    name: 'valetkey_store_failures_total',
    kind: 'counter',
    labels: ['method', 'failure'],
    means:
      'what the database did not do: it was away (`unavailable`), or the statement failed (`error`, a bug)',
  },
  store_connections: {
    name: 'valetkey_store_connections',
    kind: 'gauge',
    labels: ['state'],
    means: 'connections to PostgreSQL: `in_use`, `idle`, and callers `waiting` for one',
  },
  store_group_size: {
    name: 'valetkey_store_group_size',
    kind: 'histogram',
    labels: [],
    means: 'redemptions that shared a commit',
    buckets: groups,
  },
  records_waiting: {
    name: 'valetkey_records_waiting',
    kind: 'gauge',
    labels: ['kind'],
    means: 'traces, audit events and last uses that wait behind the answers to be written',
  },
  records_shed: {
    name: 'valetkey_records_shed_total',
    kind: 'counter',
    labels: ['kind'],
    means: 'traces dropped because too many waited; audit events are never among them',
  },
  records_lost: {
    name: 'valetkey_records_lost_total',
    kind: 'counter',
    labels: ['kind'],
    means: 'records that the database did not take',
  },
  webhook_deliveries: {
    name: 'valetkey_webhook_deliveries_total',
    kind: 'counter',
    labels: ['outcome'],
    means:
      'attempts to deliver to webhooks: `delivered`, `failed` (it is tried again) or `given_up`; why is for the owner of the endpoint to read',
  },
  webhook_deliveries_waiting: {
    name: 'valetkey_webhook_deliveries_waiting',
    kind: 'gauge',
    labels: ['state'],
    means:
      'deliveries in the database that nobody has taken (`due`), and those under way or tried again later (`later`); counted once a minute',
    together: 'max',
  },
  error_events: {
    name: 'valetkey_error_events_total',
    kind: 'counter',
    labels: ['event'],
    means:
      'lines of level `error` in the log, by their event: failed work behind the answers, failed sweeps, bugs',
  },
  swept_rows: {
    name: 'valetkey_swept_rows_total',
    kind: 'counter',
    labels: [],
    means: 'rows removed because they no longer meant anything',
  },
  last_sweep: {
    name: 'valetkey_last_sweep_timestamp_seconds',
    kind: 'gauge',
    labels: [],
    means: 'when this server last swept without a failure, or started',
    together: 'max',
  },
  spans_sent: {
    name: 'valetkey_spans_sent_total',
    kind: 'counter',
    labels: [],
    means: 'spans that the OpenTelemetry collector took',
  },
  spans_lost: {
    name: 'valetkey_spans_lost_total',
    kind: 'counter',
    labels: [],
    means: 'spans that it did not take, or that came faster than they could be sent',
  },
} as const satisfies Record<string, MetricRow>

type Rows = typeof metricRows
export type MetricName = keyof Rows
type OfKind<Kind extends MetricRow['kind']> = {
  [Name in MetricName]: Rows[Name]['kind'] extends Kind ? Name : never
}[MetricName]
export type CounterName = OfKind<'counter'>
export type HistogramName = OfKind<'histogram'>
export type GaugeName = OfKind<'gauge'>
export type LabelsOf<Name extends MetricName> = Readonly<Record<Rows[Name]['labels'][number], string>>
