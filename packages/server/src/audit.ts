import type { Caller, Deps } from './deps.ts'
import type { Account, AccountKind } from './domain/account.ts'
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
export async function audited<T>(
  { recorder }: Pick<Deps, 'recorder'>,
  { kind, account, caller }: InTheNameOf,
  action: string,
  resource: string | ((made: T) => string),
  change: () => Promise<T>,
): Promise<T> {
  const record = (outcome: 'success' | 'failed', id: string | null) =>
    recorder.audit({
      actor_kind: kind,
      actor_id: account.id,
      action,
      resource: id,
      outcome,
      network: caller.network,
      trace_id: caller.trace_id,
    })
  try {
    const done = await change()
    record('success', typeof resource === 'string' ? resource : resource(done))
    return done
  } catch (thrown) {
    record('failed', typeof resource === 'string' ? resource : null)
    throw thrown
  }
}
