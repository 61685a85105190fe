import type { Deps, Recorder } from './deps.ts'
import type { AuditEvent } from './domain/audit-event.ts'
import type { TokenRequest } from './domain/token-request.ts'
import { newId } from './ids.ts'

const batchDelayMs = 50
const batchRows = 500
/** Above this many waiting rows of a kind the oldest are dropped: a trace must never cost a token request. */
const maxWaiting = 5_000

/** Traces, audit events and last uses, written behind the answers in batches. */
export function createRecorder(deps: Pick<Deps, 'store' | 'clock' | 'random' | 'log'>): Recorder {
  const { store, clock, log } = deps
  const traces: TokenRequest[] = []
  const audits: AuditEvent[] = []
  const uses = new Map<string, number>()
  let writing: Promise<void> | undefined
  let timer: NodeJS.Timeout | undefined

  async function writeAll(): Promise<void> {
    while (traces.length > 0 || audits.length > 0 || uses.size > 0) {
      const used = [...uses].map(([secret_id, at]) => ({ secret_id, at }))
      uses.clear()
      const [someTraces, someAudits] = [traces.splice(0, batchRows), audits.splice(0, batchRows)]
      try {
        if (someTraces.length > 0) await store.traces.addMany(someTraces)
        if (someAudits.length > 0) await store.audit.addMany(someAudits)
        if (used.length > 0) await store.clients.noteSecretsUsed(used)
      } catch (cause) {
        log.error('records_lost', {
          traces: someTraces.length,
          audit_events: someAudits.length,
          cause: cause instanceof Error ? cause.message : String(cause),
        })
      }
    }
  }

  function write(): Promise<void> {
    clearTimeout(timer)
    timer = undefined
    writing ??= writeAll().finally(() => {
      writing = undefined
    })
    return writing
  }

  function soon(): void {
    timer ??= setTimeout(() => void write(), batchDelayMs).unref()
  }

  function keep<T>(waiting: T[], row: T): void {
    if (waiting.length >= maxWaiting) waiting.shift()
    waiting.push(row)
    soon()
  }

  return {
    trace: (trace) => keep(traces, trace),
    audit(event) {
      const user_id = event.actor_kind === 'user' ? event.actor_id : null
      keep(audits, { user_id, ...event, id: newId(deps), at: clock.now() })
    },
    secretUsed(secret_id) {
      uses.set(secret_id, clock.now())
      soon()
    },
    flush: write,
  }
}
