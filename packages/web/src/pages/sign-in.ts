import type { AccountPageData } from '@valetkey/protocol'
import { send } from '../send.ts'
import { onSubmit } from './parts/form.ts'
import { goOnWithOthers, signedIn } from './parts/go-on.ts'
import { byId, pageData } from './parts/page-data.ts'

const data = pageData<AccountPageData>()
/** The server locks an address at the third wrong password, and says the same as before. */
const triesBeforeLock = 3
let tries = 0

onSubmit(byId('sign-in', HTMLFormElement), async ({ email, password, remember }) => {
  const form = { email, password, rememberForOneWeek: remember !== undefined }
  const { refused } = await send('POST', `${data.api}/token`, form)
  if (refused === undefined) signedIn(data)
  if (refused?.reason !== 'login_wrong') return refused
  tries += 1
  return tries < triesBeforeLock ? refused : { ...refused, words: `${refused.words} ${locked}` }
})
goOnWithOthers(data)
document.getElementById('beside')?.addEventListener('click', () => {
  byId('waiting', HTMLElement).textContent = 'Waiting for you to finish in the other tab'
})

const locked =
  'After three wrong tries sign-in stays closed for two minutes, and longer after each further one, even for the right password. Wait, or choose a new password.'
