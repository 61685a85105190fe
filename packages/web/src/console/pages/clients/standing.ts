import type { ClientAnswer, ClientHealthAnswer } from '@valetkey/protocol'
import type { Outcome } from '../../ui/outcome-badge.tsx'

/** How a client stands, in two words for a list. */
export function standingOf(
  { status, suspended }: Pick<ClientAnswer, 'status' | 'suspended'>,
  health: Pick<ClientHealthAnswer, 'granted' | 'failures' | 'hints'> | undefined,
): { outcome: Outcome; words: string } {
  if (suspended) return { outcome: 'bad', words: 'Suspended' }
  if (status === 0) return { outcome: 'plain', words: 'Disabled' }
  if (health === undefined) return { outcome: 'plain', words: 'Active' }
  const refused = refusedIn(health)
  if (refused > 0)
    return { outcome: health.granted === 0 ? 'bad' : 'warn', words: `${refused} refused in 24 h` }
  const { length: hints } = health.hints
  if (hints > 0) return { outcome: 'warn', words: hints === 1 ? '1 hint' : `${hints} hints` }
  return { outcome: 'good', words: 'Active' }
}

export const refusedIn = ({ failures }: Pick<ClientHealthAnswer, 'failures'>): number =>
  failures.reduce((sum, { requests }) => sum + requests, 0)
