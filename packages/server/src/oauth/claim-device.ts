import { type Acting, audited } from '../audited.ts'
import type { Deps } from '../deps.ts'
import type { DeviceCode } from '../domain/device-code.ts'
import { parseUserCode } from '../domain/user-code.ts'
import { giveBack, limitRate } from '../http/limits.ts'
import { refuse } from '../refusals.ts'
import { deviceWithUserCode } from './authorize-device.ts'
import { requestOfDevice } from './request-authorization.ts'

/**
 * Binds the device that shows this code to the signed-in user, who decides next. Returns the `request_id`. Whatever is
 * wrong with a code, there is one answer, and few tries.
 *
 * @source RFC 8628 §3.3, §5.1
 * @refuses user_code_unknown rate_limited
 */
export async function claimDevice(deps: Deps, by: Acting, user_code: string): Promise<string> {
  // Counted before it is looked at: tries that come together are as many as tries one by one.
  await limitRate(deps, 'user_code', by)
  await limitRate(deps, 'user_code_here', by.caller)
  const code = parseUserCode(user_code)
  const device = code && (await deviceWithUserCode(deps, code))
  const request_id = device ? await claimed(deps, by, device) : undefined
  if (request_id === undefined) throw refuse('user_code_unknown')
  await giveBack(deps, 'user_code', by)
  await giveBack(deps, 'user_code_here', by.caller)
  return request_id
}

/** Undefined when it is somebody else's by now, was decided, or is of a client that may not ask. */
async function claimed(deps: Deps, by: Acting, device: DeviceCode): Promise<string | undefined> {
  const { store, clock } = deps
  const client = await store.clients.findByClientId(device.client_id)
  if (client?.state !== 'active') return undefined
  if (device.request_id !== null) {
    // Whoever comes back to the page finds the question that still waits.
    const bound = await store.requests.find(device.request_id, clock.now())
    if (bound?.state === 'waiting') return bound.user_id === by.account.id ? bound.id : undefined
  }
  await limitRate(deps, 'authorization_request', by)
  const request = requestOfDevice(deps, by, device)
  const done = await store.devices.claim(device.device_code_hash, request, clock.now())
  // A race that was lost is a wrong code like any other, and nothing that was done.
  if (!done) return undefined
  return audited(deps, by, 'oauth.requested', request.id, async () => request.id)
}
