import type { AccountPageData } from '@valetkey/protocol'
import { send } from '../send.ts'
import { onSubmit } from './parts/form.ts'
import { byId, pageData } from './parts/page-data.ts'

const data = pageData<Pick<AccountPageData, 'api'>>()
const form = byId('reset-password', HTMLFormElement)
let token: string | undefined

const tokenInAddress = () => new URLSearchParams(location.hash.slice(1)).get('token') ?? undefined

/** The mailed token stands behind the `#`; it leaves the address, and with it the history, as soon as it is read. */
function takeToken(): void {
  token = tokenInAddress()
  if (location.hash !== '') history.replaceState(undefined, '', location.pathname)
  form.hidden = token === undefined
  byId('no-token', HTMLElement).hidden = token !== undefined
  if (token !== undefined) byId('password', HTMLInputElement).focus()
}

takeToken()
// A second link, opened in this tab, starts afresh; what is behind the `#` is still there after loading again.
addEventListener('hashchange', () => {
  if (tokenInAddress() !== undefined) location.reload()
})

onSubmit(form, async ({ password }) => {
  const { refused } = await send('POST', `${data.api}/reset-password-with-token`, {
    token,
    newPassword: password,
  })
  if (refused !== undefined) return refused
  token = undefined
  form.hidden = true
  const changed = byId('password-changed', HTMLElement)
  changed.hidden = false
  changed.focus()
  return undefined
})
