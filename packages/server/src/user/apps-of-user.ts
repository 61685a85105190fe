import type { Acting } from '../audited.ts'
import type { Deps } from '../deps.ts'
import type { AuthorizationRequest } from '../domain/authorization-request.ts'
import type { Grant, RevokedBy } from '../domain/grant.ts'
import type { ConnectedApp, EndedApp } from '../store/grants.ts'

/** How many apps without access are told of: those that lost it last. */
const mostEnded = 50

/** What the page of connected apps tells a user. */
export interface AppsOfUser {
  /** The apps that hold access now, newest access first. */
  readonly connected: readonly AppOfUser[]
  /** Those that held some and hold none now, the last to lose it first. */
  readonly ended: readonly EndedAppOfUser[]
}

export interface AppOfUser extends Pick<ConnectedApp, 'client' | 'developer'> {
  /** What it holds: one for each set of scopes in a project, newest first. */
  readonly accesses: readonly Access[]
  /** What the user refused when giving the newest of them. */
  readonly rejected_scopes: readonly string[]
}

export interface Access {
  readonly scopes: readonly string[]
  /** Undefined when the project is not among the user's any more. */
  readonly project_name: string | undefined
  /** Epoch seconds, of the oldest grant of this kind. */
  readonly since: number
  /** Epoch seconds, of the one that lasts longest. */
  readonly not_after: number
  /** Epoch seconds at which the app last collected a key. The storage network does not tell when it uses one. */
  readonly collected_at: number
}

export interface EndedAppOfUser extends Pick<EndedApp, 'client' | 'developer'> {
  /** Epoch seconds. */
  readonly ended_at: number
  /** Null when it ran out by itself. */
  readonly ended_by: RevokedBy | null
}

/** Which apps hold access of this user, and which held some before. */
export async function listApps(
  { store, network, clock }: Pick<Deps, 'store' | 'network' | 'clock'>,
  { account }: Acting,
): Promise<AppsOfUser> {
  const now = clock.now()
  const [apps, ended, projects] = await Promise.all([
    store.grants.connectedApps(account.id, now),
    store.grants.endedApps(account.id, now, mostEnded),
    network.projectsOf(account.id),
  ])
  const names = new Map(projects.map(({ id, name }) => [id, name]))
  return {
    connected: apps.map(({ client, developer, grants, rejected_scopes }) => ({
      client,
      developer,
      rejected_scopes,
      accesses: accessesOf(grants, names),
    })),
    ended: ended.map(({ client, developer, grant }) => ({ client, developer, ...endOf(grant) })),
  }
}

/** What one app asked of this user, newest first, each as it stands now; empty for an app that never asked. */
export async function listAsked(
  { store, clock }: Pick<Deps, 'store' | 'clock'>,
  { account }: Acting,
  client_id: string,
): Promise<readonly (AuthorizationRequest & { client_name: string })[]> {
  return store.requests.history(account.id, client_id, clock.now())
}

/** Grants that open the same are one to whoever reads of them. */
function accessesOf(grants: readonly Grant[], names: ReadonlyMap<string, string>): readonly Access[] {
  const alike = Map.groupBy(grants, ({ project_id, scopes }) =>
    JSON.stringify([project_id, [...scopes].sort()]),
  )
  return [...alike.values()].map((same) => {
    const times = same.map(({ created_at }) => created_at)
    return {
      scopes: same[0]?.scopes ?? [],
      project_name: names.get(same[0]?.project_id ?? ''),
      since: Math.min(...times),
      not_after: Math.max(...same.map(({ not_after }) => not_after)),
      collected_at: Math.max(...times),
    }
  })
}

/** A grant that was revoked after its end had run out before. */
function endOf({ not_after, revoked_at, revoked_by }: Grant): Pick<EndedAppOfUser, 'ended_at' | 'ended_by'> {
  const revoked = revoked_at !== null && revoked_at < not_after
  return { ended_at: revoked ? revoked_at : not_after, ended_by: revoked ? revoked_by : null }
}
