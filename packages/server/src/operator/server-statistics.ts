import type { ServerStatisticsAnswer } from '@valetkey/protocol'
import type { Deps } from '../deps.ts'

/** How much there is of everything, by state. */
export async function serverStatistics({
  store: { administration },
  clock,
}: Pick<Deps, 'store' | 'clock'>): Promise<ServerStatisticsAnswer> {
  const [developers, users, clients, active_grants] = await Promise.all([
    administration.accountCounts('developer'),
    administration.accountCounts('user'),
    administration.clientCounts(),
    administration.activeGrants(clock.now()),
  ])
  return { developers: { ...developers }, users: { ...users }, clients: { ...clients }, active_grants }
}
