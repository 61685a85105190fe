import type { ServerStatisticsAnswer } from '@valetkey/protocol'
import type { Deps } from '../deps.ts'

/** How much there is of everything, by state. */
export async function serverStatistics({
  store: { operations },
  clock,
}: Pick<Deps, 'store' | 'clock'>): Promise<ServerStatisticsAnswer> {
  const [developers, users, clients, active_grants] = await Promise.all([
    operations.accountCounts('developer'),
    operations.accountCounts('user'),
    operations.clientCounts(),
    operations.activeGrants(clock.now()),
  ])
  return { developers: { ...developers }, users: { ...users }, clients: { ...clients }, active_grants }
}
