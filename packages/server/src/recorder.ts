import type { Deps, Recorder } from './deps.ts'
import type { AuditEvent } from './domain/audit-event.ts'
import type { TokenRequest } from './domain/token-request.ts'
import { newId } from './ids.ts'

const batchDelayMs = 50
/** Small, so that no commit of ours holds up a redemption for long. */
const batchRows = 100
/** Of each kind of trace; above it the oldest are dropped, because a trace must never cost a token request. */
const maxWaitingTraces = 5_000

/**
 * Traces, audit events and last uses, written behind the answers in batches.
 *
 * Each kind waits and is written by itself: what a stranger can cause in any number pushes out nothing of those who
 * proved who they are, a failed batch of one kind loses nothing of another, and audit events are never dropped.
 */
export function createRecorder(deps: Pick<Deps, 'store' | 'clock' | 'random' | 'log'>): Recorder {
  const { store, clock, log } = deps
  const addTraces = (rows: TokenRequest[]) => store.traces.addMany(rows)
  const authenticated = queue('traces', addTraces, log, maxWaitingTraces)
  const unauthenticated = queue('unauthenticated_traces', addTraces, log, maxWaitingTraces)
  const audits = queue('audit_events', (rows: AuditEvent[]) => store.audit.addMany(rows), log)
  const uses = new Map<string, number>()
  const secretUses = queue(
    'secret_uses',
    (rows: { secret_id: string; at: number }[]) => store.clients.noteSecretsUsed(rows),
    log,
  )
  let writing: Promise<void> | undefined
  let timer: NodeJS.Timeout | undefined

  async function writeAll(): Promise<void> {
    for (const [secret_id, at] of uses) secretUses.add({ secret_id, at })
    uses.clear()
    for (const kind of [audits, authenticated, secretUses, unauthenticated]) await kind.write()
  }

  async function flush(): Promise<void> {
    clearTimeout(timer)
    timer = undefined
    // What came while the last round was under way may have missed it.
    await writing
    writing ??= writeAll().finally(() => {
      writing = undefined
    })
    await writing
  }

  function soon(): void {
    timer ??= setTimeout(() => void flush(), batchDelayMs).unref()
  }

  return {
    trace(trace) {
      if (trace.authenticated) authenticated.add(trace)
      else unauthenticated.add(trace)
      soon()
    },
    audit(event) {
      audits.add({
        user_id: event.actor_kind === 'user' ? event.actor_id : null,
        ...event,
        id: newId(deps),
        at: clock.now(),
      })
      soon()
    },
    secretUsed(secret_id) {
      uses.set(secret_id, clock.now())
      soon()
    },
    flush,
  }
}

interface Queue<Row> {
  add(row: Row): void
  /** Writes everything that waits, batch by batch. A batch that cannot be written is lost, and the log says so. */
  write(): Promise<void>
}

function queue<Row>(
  kind: string,
  store: (rows: Row[]) => Promise<void>,
  log: Deps['log'],
  limit = Number.POSITIVE_INFINITY,
): Queue<Row> {
  const waiting: Row[] = []
  let shed = 0
  return {
    add(row) {
      if (waiting.length >= limit) {
        waiting.shift()
        shed++
      }
      waiting.push(row)
    },
    async write() {
      if (shed > 0) log.error('records_shed', { kind, rows: shed })
      shed = 0
      while (waiting.length > 0) {
        const rows = waiting.splice(0, batchRows)
        try {
          await store(rows)
        } catch (cause) {
          log.error('records_lost', {
            kind,
            rows: rows.length,
            cause: cause instanceof Error ? cause.message : String(cause),
          })
        }
      }
    },
  }
}
