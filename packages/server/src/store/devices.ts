import type { AuthorizationRequest, AuthorizationRequestState } from '../domain/authorization-request.ts'
import type { DeviceCode } from '../domain/device-code.ts'

/** A device as its poll finds it. */
export interface PolledDevice {
  /** As it is after this poll: `too_fast` says whether it came too fast, and then the interval has grown by 5. */
  readonly device: DeviceCode
  /** Of the request that a user made for it, as it stands now. */
  readonly request_state: AuthorizationRequestState | undefined
}

export interface DeviceCodes {
  /** False when another device that still waits has this user code. */
  add(device: DeviceCode): Promise<boolean>
  /** By the keyed hash of its user code; not the expired ones. */
  findByUserCode(user_code_hash: string, now: number): Promise<DeviceCode | undefined>
  find(device_code_hash: string): Promise<DeviceCode | undefined>
  /**
   * Adds the request of the user who entered the code, and binds the device to it, in one transaction. False, and nothing
   * added, when the device expired, or is bound to a request that waits or was decided.
   */
  claim(device_code_hash: string, request: AuthorizationRequest, now: number): Promise<boolean>
  /** Notes one poll of this client, in one statement; expired devices are found and say so. */
  poll(device_code_hash: string, client_id: string, now: number): Promise<PolledDevice | undefined>
}
