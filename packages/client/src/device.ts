import { type AskedAccess, accessFields } from './access-form.ts'
import type { Client } from './client-auth.ts'
import { type AuthorizationServer, endpointOf } from './discover.ts'
import { type Grant, requestGrant } from './grant.ts'
import { type Answer, postForm, type RequestOptions, unexpected } from './http.ts'
import { isObject, isText, isTextOrAbsent, isWholeNumber } from './json.ts'
import { localError, ValetkeyError } from './valetkey-error.ts'

export type DeviceForm = AskedAccess & {
  /** Whether the app wants to renew its access without asking again: a refresh token. */
  readonly offline_access?: boolean
}

/** A device that waits for its user: plain JSON. All but the device code is for the user to see. */
export interface DeviceAuthorization {
  /** Stays on the device. */
  readonly device_code: string
  /** What the user types at `verification_uri`, such as `BCDF-GHJK`. */
  readonly user_code: string
  readonly verification_uri: string
  /** The same with the user code in it, for a QR code. */
  readonly verification_uri_complete?: string
  /** Epoch seconds, by the clock of this machine. */
  readonly expires_at: number
  /** Seconds between two polls. */
  readonly interval: number
}

/**
 * Begins to ask for access on a device without a browser, or without a keyboard.
 *
 * @throws RangeError as `beginAuthorization` does
 * @throws ValetkeyError `endpoint_missing` `unreachable`, or what the server says
 * @source RFC 8628 §3.1
 */
export async function beginDeviceAuthorization(
  valetkey: AuthorizationServer,
  { client_id, auth }: Client,
  form: DeviceForm,
  options: RequestOptions = {},
): Promise<DeviceAuthorization> {
  const url = endpointOf(valetkey, 'device_authorization_endpoint')
  const proof = await auth.proofFor({ client_id, issuer: valetkey.issuer })
  const asked_at = Math.floor(Date.now() / 1000)
  const asked = accessFields(form, form.offline_access)
  return deviceIn(await postForm(url, { ...asked, client_id, ...proof }, options), asked_at)
}

/** @source RFC 8628 §3.2 */
function deviceIn(answer: Answer, asked_at: number): DeviceAuthorization {
  const problem = 'has no device code'
  if (!isObject(answer.body)) throw unexpected(answer, problem)
  const {
    device_code,
    user_code,
    verification_uri,
    verification_uri_complete,
    expires_in,
    interval = 5,
  } = answer.body
  if (
    !isText(device_code) ||
    !isText(user_code) ||
    !isText(verification_uri) ||
    !isTextOrAbsent(verification_uri_complete) ||
    !isWholeNumber(expires_in) ||
    !isWholeNumber(interval)
  ) {
    throw unexpected(answer, problem)
  }
  return {
    device_code,
    user_code,
    verification_uri,
    ...(verification_uri_complete === undefined ? {} : { verification_uri_complete }),
    expires_at: asked_at + expires_in,
    interval,
  }
}

/**
 * Waits until the user has decided, and asks no more often than the server wants.
 *
 * @param options.signal ends the waiting
 * @throws ValetkeyError `access_denied`, `expired_token`, or whatever else the server says
 * @source RFC 8628 §3.4, §3.5
 */
export async function pollDevice(
  valetkey: AuthorizationServer,
  client: Client,
  { device_code, expires_at, interval }: DeviceAuthorization,
  options: RequestOptions = {},
): Promise<Grant> {
  const form = { grant_type: 'urn:ietf:params:oauth:grant-type:device_code', device_code }
  let pause = interval
  while (Date.now() / 1000 + pause < expires_at) {
    await waitFor(pause, options.signal)
    try {
      return await requestGrant({ valetkey, client }, form, undefined, options)
    } catch (error) {
      pause = pauseAfter(error, pause)
    }
  }
  throw localError('expired_token', 'Nobody has decided in time. Begin again with a new code.')
}

/** Seconds until the next poll. @throws the error when there is nothing to wait for */
function pauseAfter(error: unknown, pause: number): number {
  const code = error instanceof ValetkeyError ? error.error : undefined
  if (code === 'authorization_pending') return pause
  if (code === 'slow_down') return pause + 5
  if (code === 'unreachable') return Math.max(1, pause) * 2
  throw error
}

function waitFor(seconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason)
    const stop = () => {
      clearTimeout(timer)
      reject(signal?.reason)
    }
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop)
      resolve()
    }, seconds * 1000)
    signal?.addEventListener('abort', stop, { once: true })
  })
}
