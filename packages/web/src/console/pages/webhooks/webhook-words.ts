import type { WebhookAnswer, WebhookDeliveryAnswer } from '@valetkey/protocol'
import type { Outcome } from '../../ui/outcome-badge.tsx'

interface Told {
  readonly outcome: Outcome
  readonly words: string
}

const disabled = {
  gone: 'Off: it answered 410',
  failing: 'Off: it failed for too long',
  developer: 'Off',
} as const

/** How an endpoint stands, in a word or two. */
export function standingOf({ state, disabled_because, last_success_at }: WebhookAnswer): Told {
  if (state === 'disabled') return { outcome: 'warn', words: disabled[disabled_because ?? 'developer'] }
  if (state === 'failing') return { outcome: 'bad', words: 'Failing' }
  return last_success_at === null
    ? { outcome: 'plain', words: 'Nothing delivered yet' }
    : { outcome: 'good', words: 'Working' }
}

/** How a delivery went. */
export function outcomeOf({ state, attempts }: WebhookDeliveryAnswer): Told {
  if (state === 'delivered') return { outcome: 'good', words: 'Delivered' }
  if (state === 'failed') return { outcome: 'bad', words: 'Given up' }
  return attempts === 0 ? { outcome: 'plain', words: 'Waiting' } : { outcome: 'warn', words: 'Trying again' }
}
