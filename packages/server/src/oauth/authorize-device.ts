import { type DeviceAuthorizationAnswer, deviceCodeGrant } from '@valetkey/protocol'
import type { Deps } from '../deps.ts'
import type { Proof } from '../domain/client-proof.ts'
import type { DeviceCode } from '../domain/device-code.ts'
import { deviceKeyOf } from '../domain/device-key.ts'
import { newUserCode, shownUserCode } from '../domain/user-code.ts'
import type { Parameters } from '../http/form-body.ts'
import { limitRate } from '../http/limits.ts'
import { newToken, tokenHash } from '../ids.ts'
import { authenticateClient, clientAlone } from './authenticate-client.ts'
import { askedAccess } from './authorization-parameters.ts'
import type { Trace } from './trace.ts'

/** Seconds between two requests of a device. @source RFC 8628 §3.5 */
const interval = 5

/**
 * Begins what a device without a browser asks: a code for the device to ask with, and one for its user to enter elsewhere.
 *
 * @source RFC 8628 §3.1, §3.2
 * @refuses rate_limited resource_unknown scope_invalid authorization_details_invalid
 */
export async function authorizeDevice(
  deps: Deps,
  proof: Proof,
  parameters: Parameters,
  trace: Trace,
): Promise<DeviceAuthorizationAnswer> {
  const now = deps.clock.now()
  const { client } = await authenticateClient(deps, proof, trace, {
    ...clientAlone(deps, 'device_request'),
    grant_type: deviceCodeGrant,
  })
  // Whatever anybody can make rows with has an end.
  if (proof.how === 'none') await limitRate(deps, 'unproven_request', trace.caller)
  const asked = askedAccess(deps, client, parameters)
  const { device_code_ttl, public_url } = deps.settings
  const device_code = newToken(deps)
  const { network, user_agent } = trace.caller
  const device = {
    ...asked,
    device_code_hash: tokenHash(device_code),
    client_id: client.client_id,
    ...deviceKeyOf(device_code),
    network,
    user_agent,
    created_at: now,
    expires_at: now + device_code_ttl,
    interval_seconds: interval,
    last_polled_at: null,
    too_fast: false,
    request_id: null,
  }
  const user_code = await addUnderFreeCode(deps, (code) =>
    deps.store.devices.add({ ...device, user_code_hash: userCodeHash(deps, code) }),
  )
  const shown = shownUserCode(user_code)
  return {
    device_code,
    user_code: shown,
    verification_uri: `${public_url}/device`,
    verification_uri_complete: `${public_url}/device?user_code=${shown}`,
    expires_in: device_code_ttl,
    interval,
  }
}

/** By what a user code is found: a keyed hash, since the code is short. */
export const userCodeHash = ({ sealer }: Pick<Deps, 'sealer'>, user_code: string): string =>
  sealer.tag('user-code', [user_code]).toString('base64url')

/** The device that waits with this user code, whichever master key the code was hashed under. */
export async function deviceWithUserCode(
  { sealer, store, clock }: Pick<Deps, 'sealer' | 'store' | 'clock'>,
  user_code: string,
): Promise<DeviceCode | undefined> {
  for (const tag of sealer.tags('user-code', [user_code])) {
    const device = await store.devices.findByUserCode(tag.toString('base64url'), clock.now())
    if (device !== undefined) return device
  }
  return undefined
}

/** Two that wait with one code would be one too many: of 25 billion, another one is free. */
async function addUnderFreeCode(
  { random }: Pick<Deps, 'random'>,
  add: (user_code: string) => Promise<boolean>,
): Promise<string> {
  for (;;) {
    const user_code = newUserCode(random)
    if (await add(user_code)) return user_code
  }
}
