import type { Caller, Deps } from './deps.ts'
import type { Account, AccountKind } from './domain/account.ts'
import type { NewAuditEvent } from './domain/audit-event.ts'
import type { Session } from './domain/session.ts'

/** Somebody signed in who does something, and from where. */
export interface Acting {
  readonly kind: AccountKind
  readonly account: Account
  readonly session: Session
  readonly caller: Caller
}

/** Whoever a change is made for: somebody signed in, or the owner of a client that changes itself. */
export type InTheNameOf = Omit<Acting, 'session'>

/** Makes a change and records how it ended. `resource` is the id of what it is done to, or says it of what was made. */
export const audited = <T>(
  deps: Pick<Deps, 'recorder'>,
  { kind, account, caller }: InTheNameOf,
  action: string,
  resource: string | ((made: T) => string),
  change: () => Promise<T>,
): Promise<T> =>
  auditedAs(deps, { actor_kind: kind, actor_id: account.id, action, ...whence(caller) }, resource, change)

/** The same for whoever is not signed in. */
export async function auditedAs<T>(
  { recorder }: Pick<Deps, 'recorder'>,
  event: Omit<NewAuditEvent, 'resource' | 'outcome'>,
  resource: string | null | ((made: T) => string),
  change: () => Promise<T>,
): Promise<T> {
  const isKnown = typeof resource !== 'function'
  try {
    const done = await change()
    recorder.audit({ ...event, resource: isKnown ? resource : resource(done), outcome: 'success' })
    return done
  } catch (thrown) {
    recorder.audit({ ...event, resource: isKnown ? resource : null, outcome: 'failed' })
    throw thrown
  }
}

/** From where, as an event has it. */
export const whence = ({ network, trace_id }: Caller): Pick<NewAuditEvent, 'network' | 'trace_id'> => ({
  network,
  trace_id,
})
