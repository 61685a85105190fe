import type { WebhookAnswer, WebhookDeliveryAnswer } from '@valetkey/protocol'
import type { ApiCall } from './api.ts'
import { type DeveloperCall, developerCall, type SessionOptions } from './developer-api.ts'
import type { Cli } from './terminal.ts'

/** A call about webhooks in the name of the developer who is signed in. `path` is below `…/webhooks`. */
export function webhooksCall(
  cli: Cli,
  options: SessionOptions,
  call: Omit<DeveloperCall, 'path'> & { path?: string },
): Promise<ApiCall> {
  return developerCall(cli, options, { ...call, path: `/webhooks${call.path ?? ''}` })
}

export const webhookPathOf = (id: string, below = ''): string => `/${encodeURIComponent(id)}${below}`

const becauses = {
  gone: 'it answered 410 Gone',
  failing: 'nothing got through for days',
  developer: 'by you',
} as const

/** `failing since 2026-03-01T12:00:00Z`. */
export function stateInWords({ state, failing_since, disabled_because }: WebhookAnswer): string {
  if (state === 'failing') return `failing since ${failing_since}`
  return disabled_because === null ? state : `${state}: ${becauses[disabled_because]}`
}

/** `delivered, 200 in 35 ms`, or why not. */
export function outcomeInWords({
  state,
  status,
  duration_ms,
  explanation,
  attempts,
  next_attempt_at,
}: WebhookDeliveryAnswer): string {
  if (state === 'delivered') return `delivered, ${status} in ${duration_ms} ms`
  if (state === 'waiting' && attempts === 0) return 'waiting for its first attempt'
  const next = next_attempt_at === null ? 'given up' : `again at ${next_attempt_at}`
  return `${next} (${attempts} so far): ${explanation ?? 'being tried'}`
}
