import { deviceCodeGrant } from '@valetkey/protocol'
import type { Deps } from '../deps.ts'
import type { Proof } from '../domain/client-proof.ts'
import { failed } from '../domain/verdict.ts'
import { needed, type Parameters } from '../http/form-body.ts'
import { refuse } from '../refusals.ts'
import { authenticateClient, clientAlone } from './authenticate-client.ts'
import { isOtherResource } from './authorization-parameters.ts'
import type { IssuedAccess } from './build-access-grant.ts'
import { exchangeCode } from './exchange-code.ts'
import { redeemDeviceCode } from './redeem-device-code.ts'
import { refreshAccess } from './refresh-access.ts'
import type { Trace } from './trace.ts'

/** What each of them comes with, by grant type. */
const required: ReadonlyMap<string, readonly string[]> = new Map([
  ['authorization_code', ['code', 'redirect_uri']],
  ['refresh_token', ['refresh_token']],
  [deviceCodeGrant, ['device_code']],
])

/**
 * One endpoint, three things a client may have to trade.
 *
 * @source RFC 6749 §4.1.3, §6; RFC 8628 §3.4
 * @refuses request_malformed grant_type_unsupported resource_unknown
 */
export async function grantAccess(
  deps: Deps,
  proof: Proof,
  parameters: Parameters,
  trace: Trace,
): Promise<IssuedAccess> {
  const sent = (name: string): string => parameters.get(name) ?? ''
  const grant_type = sent('grant_type')
  const needs = required.get(grant_type)
  const missing = needs?.find((name) => !parameters.has(name))
  if (needs === undefined || missing !== undefined || isOtherResource(deps.settings, parameters)) {
    // What is wrong with a request is for those to hear who prove who they are.
    await authenticateClient(deps, proof, trace, clientAlone(deps))
    needed(parameters, 'grant_type')
    if (needs === undefined) return trace.must('check_grant_type', failed('grant_type_unsupported'))
    if (missing !== undefined) needed(parameters, missing)
    throw refuse('resource_unknown')
  }
  const common = {
    proof,
    passphrase: parameters.get('passphrase'),
    authorization_details: parameters.get('authorization_details'),
  }
  if (grant_type === 'refresh_token') {
    const [scope, access_grant] = [parameters.get('scope'), parameters.get('access_grant')]
    return refreshAccess(
      deps,
      { ...common, refresh_token: sent('refresh_token'), scope, access_grant },
      trace,
    )
  }
  if (grant_type === deviceCodeGrant)
    return redeemDeviceCode(deps, { ...common, device_code: sent('device_code') }, trace)
  // RFC 6749 knows no scope here, and libraries send the one they asked for.
  const code = { dialect: 'standard', code: sent('code'), redirect_uri: sent('redirect_uri') } as const
  return exchangeCode(deps, { ...common, ...code, code_verifier: parameters.get('code_verifier') }, trace)
}
