import type { ErrorAnswer } from '@valetkey/protocol'
import { pageOf, Refusal, refuse } from '../refusals.ts'
import { SealBroken } from '../sealing.ts'
import { StoreUnavailable } from '../store/store.ts'

/** What the outside sees of a refusal: the one shape of every error, in every door. @source RFC 6749 §5.2 */
export function errorBody(
  refusal: Refusal,
  trace_id: string,
  origin: string,
  { error, description }: Pick<Refusal, 'error' | 'description'> = refusal,
): ErrorAnswer {
  return {
    error,
    error_description: description,
    trace_id,
    error_uri: `${origin}/errors/${pageOf(refusal.reason)}`,
  }
}

/** Whatever was thrown, as a refusal: our own, the database's absence, the framework's complaints, or a bug. */
export function asRefusal(thrown: unknown): Refusal {
  if (thrown instanceof Refusal) return thrown
  if (thrown instanceof StoreUnavailable)
    return refuse('store_unavailable', { cause: thrown, retry_after: 2 })
  if (thrown instanceof SealBroken) return refuse('secret_unreadable', { cause: thrown, retry_after: 60 })
  const { code, statusCode } = thrown as { code?: unknown; statusCode?: unknown }
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') return refuse('body_too_large')
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') return refuse('content_type_unsupported')
  if (typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500)
    return refuse('request_malformed')
  return refuse('internal', { cause: thrown })
}
