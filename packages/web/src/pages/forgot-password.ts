import type { AccountPageData } from '@valetkey/protocol'
import { send } from '../send.ts'
import { onSubmit } from './parts/form.ts'
import { byId, pageData } from './parts/page-data.ts'

const data = pageData<Pick<AccountPageData, 'api'>>()
const form = byId('forgot-password', HTMLFormElement)

onSubmit(form, async ({ email }) => {
  const { refused } = await send('POST', `${data.api}/forgot-password`, { email })
  if (refused !== undefined) return refused
  form.hidden = true
  const sent = byId('mail-sent', HTMLElement)
  sent.hidden = false
  sent.focus()
  return undefined
})
