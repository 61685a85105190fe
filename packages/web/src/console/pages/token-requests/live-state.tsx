import { Button } from '@mantine/core'
import { OutcomeBadge } from '../../ui/outcome-badge.tsx'
import type { TailState } from './use-tail.ts'

/** Whether the list is live, and the button that holds it still for reading. */
export function LiveState({
  state,
  paused,
  held,
  pause,
  resume,
}: {
  state: TailState
  paused: boolean
  /** How many came during the pause. */
  held: number
  pause: () => void
  resume: () => void
}) {
  return (
    <div className="tr-live">
      <span role="status">
        {state === 'lost' ? (
          <OutcomeBadge outcome="warn">Connection lost, trying again</OutcomeBadge>
        ) : paused ? (
          <OutcomeBadge outcome="plain">{held === 0 ? 'Paused' : `Paused, ${held} new`}</OutcomeBadge>
        ) : state === 'connecting' ? (
          <OutcomeBadge outcome="plain">Connecting</OutcomeBadge>
        ) : (
          <OutcomeBadge outcome="good">Live</OutcomeBadge>
        )}
      </span>
      <Button variant="default" size="sm" onClick={paused ? resume : pause}>
        {paused ? 'Resume' : 'Pause'}
      </Button>
    </div>
  )
}
