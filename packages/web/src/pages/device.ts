import type { DeviceAnswer } from '@valetkey/protocol'
import { send } from '../send.ts'
import { onSubmit } from './parts/form.ts'
import { byId } from './parts/page-data.ts'

/** Finds the device that shows this code, and goes on to what it asks. */
onSubmit(byId('device', HTMLFormElement), async ({ user_code }) => {
  const answer = await send<DeviceAnswer>('POST', '/device', { user_code })
  // Signing in happens at this very address.
  if (answer.refused?.reason === 'not_signed_in') location.reload()
  else if (answer.refused !== undefined) return answer.refused
  else location.assign(`/consent/${answer.body.request_id}`)
  return undefined
})
