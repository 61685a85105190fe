import { deviceCodeGrant } from '@valetkey/protocol'
import type { Deps } from '../deps.ts'
import { accessOfCode, narrowedAccess } from '../domain/access.ts'
import type { Client } from '../domain/client.ts'
import type { Proof } from '../domain/client-proof.ts'
import { openHalf } from '../domain/device-key.ts'
import { codeNotExpired, codeOfClient, notSpent, projectOfCode } from '../domain/redemption.ts'
import { failed, passed, type Verdict } from '../domain/verdict.ts'
import { tokenHash } from '../ids.ts'
import type { PolledDevice } from '../store/devices.ts'
import { authenticateClient, clientAlone } from './authenticate-client.ts'
import type { IssuedAccess } from './build-access-grant.ts'
import { openKeys } from './open-keys.ts'
import { revokeWhatItIssued, spendCode } from './spend-code.ts'
import type { Trace } from './trace.ts'

export interface DeviceRedemption {
  readonly proof: Proof
  readonly device_code: string
  readonly authorization_details: string | undefined
}

/**
 * Answers a device that asks whether its user has decided; with an access grant once they said yes. An approval is an
 * authorization code whose hash is that of the device code, so it is redeemed like one, and once.
 *
 * @source RFC 8628 §3.4, §3.5
 * @refuses device_code_unknown device_pending device_too_fast device_denied device_expired code_replayed code_revoked
 * @refuses project_gone access_wider browser_half_wrong
 */
export async function redeemDeviceCode(
  deps: Deps,
  form: DeviceRedemption,
  trace: Trace,
): Promise<IssuedAccess> {
  const now = deps.clock.now()
  const device_code_hash = tokenHash(form.device_code)

  // Who asks.
  const { client } = await authenticateClient(deps, form.proof, trace, {
    ...clientAlone(deps),
    grant_type: deviceCodeGrant,
  })

  // What its user decided.
  const polled = await deps.store.devices.poll(device_code_hash, client.client_id, now)
  trace.must('find_device_code', deviceOfClient(polled, client))
  trace.must('check_device_code', approvedDevice(polled, now))

  // What becomes of the approval; read now, since it may have come a moment ago.
  const found = await deps.store.codes.read(client.client_id, device_code_hash, now)
  trace.concerns(found.code)
  const code = trace.must('find_code', codeOfClient(found.code, client, undefined, 'standard'))
  // Only the device ever had its code: asking again so soon is an answer that was lost, and no theft.
  if (code.spent_at !== null && now - code.spent_at > patienceSeconds) await revokeWhatItIssued(deps, code)
  trace.must('check_not_spent', notSpent(code, now))
  trace.must('check_code_expiry', codeNotExpired(code, now))
  const project = trace.must('find_project', projectOfCode(found.project))
  const access = trace.must('narrow_access', narrowedAccess(accessOfCode(code), form, { client, now }))
  const half = openHalf(form.device_code, code.client_id, code.sealed_half ?? '')
  const browser_half = half?.toString('base64url') ?? ''
  const keys = await openKeys(deps, { code, project, browser_half, passphrase: undefined }, trace)
  const renewable = code.offline_access && client.grant_types.includes('refresh_token')
  return spendCode(
    deps,
    { code, access, project, keys, renewable, browser_half, lost_race_ends: false },
    trace,
  )
}

/** As with refresh tokens. */
const patienceSeconds = 30

const deviceOfClient = (polled: PolledDevice | undefined, client: Client): Verdict<PolledDevice> =>
  polled === undefined
    ? failed('device_code_unknown', { client_id: client.client_id })
    : passed(polled, { asked_at: polled.device.created_at })

function approvedDevice(polled: PolledDevice | undefined, now: number): Verdict<'approved'> {
  const { device, request_state } = polled ?? {}
  const evidence = { state: request_state ?? null, expires_at: device?.expires_at ?? null, server_time: now }
  if (request_state === 'approved') return passed('approved', evidence)
  if (request_state === 'rejected') return failed('device_denied', evidence)
  if (device === undefined || now >= device.expires_at) return failed('device_expired', evidence)
  if (device.too_fast) return failed('device_too_fast', { ...evidence, interval: device.interval_seconds })
  return failed('device_pending', evidence)
}
