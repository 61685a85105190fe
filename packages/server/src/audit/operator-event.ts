import type { Deps } from '../deps.ts'
import type { AuditEvent } from '../domain/audit-event.ts'
import { newId } from '../ids.ts'

type Did = Pick<AuditEvent, 'action' | 'resource'> & Partial<Pick<AuditEvent, 'outcome'>>

/** The audit log keeps what an operator does with the database itself, beside the servers: at once, for no recorder runs there. */
export async function addOperatorEvent(
  deps: Pick<Deps, 'store' | 'clock' | 'random'>,
  { action, resource, outcome = 'success' }: Did,
): Promise<void> {
  const { store, clock, random } = deps
  const actor = { actor_kind: 'operator', actor_id: null, user_id: null, network: 'local' } as const
  const trace_id = random(16).toString('hex')
  await store.audit.addMany([
    { id: newId(deps), at: clock.now(), ...actor, action, resource, outcome, trace_id },
  ])
}
