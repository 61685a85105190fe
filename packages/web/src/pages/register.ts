import type { AccountPageData, RegistrationAnswer } from '@valetkey/protocol'
import { type Refused, send } from '../send.ts'
import { onSubmit } from './parts/form.ts'
import { goOnWithOthers, signedIn } from './parts/go-on.ts'
import { byId, pageData } from './parts/page-data.ts'

const data = pageData<AccountPageData>()
const registration = byId('register', HTMLFormElement)
const activation = byId('activate', HTMLFormElement)
/** What waits for the mailed code. */
let waiting: { form: Readonly<Record<string, string>>; signupId: string } | undefined

onSubmit(registration, async (form) => {
  const refused = await register(form)
  if (refused !== undefined) return refused
  if (waiting === undefined) return signIn(form)
  askForCode(form.email ?? '')
  return undefined
})

onSubmit(activation, async ({ code = '' }) => {
  if (waiting === undefined) return undefined
  const { signupId, form } = waiting
  const { refused } = await send('PATCH', `${data.api}/code-activation`, {
    email: form.email,
    code: code.replaceAll(/\s/g, ''),
    signupId,
  })
  if (refused === undefined) finish()
  return refused?.reason === 'mail_token_invalid' ? { ...refused, words: codeWrong } : refused
})

const again = byId('another-code', HTMLButtonElement)
again.addEventListener('click', async () => {
  if (waiting === undefined) return
  again.disabled = true
  const refused = await register(waiting.form)
  again.disabled = false
  byId('another-code-sent', HTMLElement).textContent =
    refused?.words ?? 'Another code is on its way. The ones before it do not work any more.'
})
goOnWithOthers(data)

async function register(form: Readonly<Record<string, string>>): Promise<Refused | undefined> {
  const answer = await send<RegistrationAnswer | undefined>('POST', `${data.api}/register`, form)
  if (answer.refused !== undefined) return answer.refused
  if (answer.body !== undefined) waiting = { form, signupId: answer.body.signupId }
  return undefined
}

async function signIn({ email, password }: Readonly<Record<string, string>>): Promise<Refused | undefined> {
  const { refused } = await send('POST', `${data.api}/token`, { email, password })
  if (refused === undefined) finish()
  return refused
}

/** The account is there, and signed in: here, or in the tab that waits. */
function finish(): void {
  signedIn(data)
  if (data.next !== 'close') return
  for (const id of ['register', 'activation', 'to-sign-in']) byId(id, HTMLElement).hidden = true
  const ready = byId('ready', HTMLElement)
  ready.hidden = false
  ready.focus()
}

function askForCode(email: string): void {
  registration.hidden = true
  byId('to-sign-in', HTMLElement).hidden = true
  byId('activation', HTMLElement).hidden = false
  byId('mailed-to', HTMLElement).textContent = email
  byId('code', HTMLInputElement).focus()
}

const codeWrong =
  'This code is wrong, was tried too often, or is older than 24 hours. Look for the newest mail, or ask for another code.'
