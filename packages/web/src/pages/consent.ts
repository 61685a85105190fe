import { encodeBase64Url } from '@valetkey/access-grant'
import type { ConsentAnswer, ConsentPageData, DecisionForm } from '@valetkey/protocol'
import { type Refused, send } from '../send.ts'
import { staySignedIn } from '../stay-signed-in.ts'
import { watchAttention } from './consent/attention.ts'
import { type Choice, openChoices } from './consent/choices.ts'
import { countDown } from './consent/countdown.ts'
import { fetchAccessGrant } from './consent/fetch-access-grant.ts'
import { backToApp, showConnected, showDenied, showExpired, showSignedOut } from './consent/leaving.ts'
import { sealForDevice } from './consent/seal-for-device.ts'
import { sealStorageKeys } from './consent/storage-keys.ts'
import { blame } from './parts/blame.ts'
import { byId, pageData } from './parts/page-data.ts'
import { api, onPress } from './parts/user-frame.ts'

/**
 * The consent page: the user chooses, the keys for what was chosen are made and sealed here, the decision is posted, and
 * the app gets its answer. The passphrase and the keys made from it never leave the browser.
 */
const data = pageData<ConsentPageData>()
const client_secret = takeFromAddress('client_secret')
const choices = openChoices(data)
const [allowButton, denyButton] = [byId('allow', HTMLButtonElement), byId('deny', HTMLButtonElement)]
const [chosen, progress] = [byId('chosen', HTMLElement), byId('progress', HTMLElement)]

/** `deriving` can still be turned into a no; what is `posted` cannot. */
let under_way: 'deriving' | 'posted' | undefined
let deriving = new AbortController()
let time_is_over = false

const attentive = watchAttention(showState)
byId('consent', HTMLFormElement).addEventListener('submit', (event) => {
  event.preventDefault()
  if (under_way === undefined && attentive()) void allow()
})
denyButton.addEventListener('click', () => {
  if (under_way !== 'posted') void deny()
})
denyButton.disabled = false
allowButton.disabled = false
// A session that is about to end does not end while its user decides.
staySignedIn(api, { at_once: true })
openNotYou()
// What the back-forward cache brings back was decided, or is long over.
addEventListener('pageshow', ({ persisted }) => {
  if (persisted) location.reload()
})
const stopClock = countDown(data.seconds_left, byId('time-left', HTMLElement), () => {
  time_is_over = true
  deriving.abort()
  if (under_way !== 'posted') showExpired(data)
})

async function allow(): Promise<void> {
  const choice = choices.read()
  if (choice === undefined) return
  goOn('deriving')
  deriving = new AbortController()
  const { signal } = deriving
  const half = crypto.getRandomValues(new Uint8Array(32))
  const sealed = await sealStorageKeys({ ...choice, client_id: data.client_id, half }, signal)
  const for_device = await sealedHalf(half).catch(() => 'failed' as const)
  if (sealed === 'aborted' || signal.aborted) return
  if (sealed === 'failed' || for_device === 'failed')
    return stay({ reason: 'failed', words: 'The keys could not be made in this browser.' })
  goOn('posted')
  const decided = await post({ approve: true, ...decisionOf(choice), ...sealed, ...for_device })
  if (decided === undefined) return
  choices.forget()
  if (data.ends_with === 'device') {
    half.fill(0)
    return showConnected()
  }
  const parameters =
    client_secret === undefined
      ? { code: `${decided.code}.${encodeBase64Url(half)}` }
      : await fetchAccessGrant(data, { client_secret, code: decided.code, half })
  half.fill(0)
  backToApp(data, parameters)
}

/** A device gets the browser's half through the server, which cannot open it. */
async function sealedHalf(half: Uint8Array<ArrayBuffer>): Promise<{ sealed_half?: string }> {
  const { device_public_key: public_key, client_id } = data
  return public_key === undefined ? {} : { sealed_half: await sealForDevice(half, { public_key, client_id }) }
}

async function deny(): Promise<void> {
  deriving.abort()
  goOn('posted')
  if ((await post({ approve: false })) === undefined) return
  choices.forget()
  if (data.ends_with === 'device') showDenied()
  else backToApp(data, { error: 'access_denied' })
}

type Decision = Omit<DecisionForm, 'request_id' | 'csrf_token'>

/** The answer to the decision; undefined when the page stays, and has said why. */
async function post(decision: Decision): Promise<ConsentAnswer | undefined> {
  const { request_id, csrf_token } = data
  const answer = await send<ConsentAnswer>('POST', '/consent', { request_id, csrf_token, ...decision })
  if (answer.refused !== undefined) {
    stay(answer.refused)
    return undefined
  }
  stopClock()
  return answer.body
}

function decisionOf({ approved_scopes, rejected_scopes, project_id, not_after, password }: Choice) {
  return {
    approved_scopes,
    rejected_scopes,
    project_id,
    not_after,
    ...(password === undefined ? {} : { password }),
  }
}

function goOn(to: typeof under_way): void {
  under_way = to
  showState()
}

function stay(refused: Pick<Refused, 'reason' | 'words'>): void {
  goOn(undefined)
  if (time_is_over || refused.reason === 'request_expired') showExpired(data)
  else if (refused.reason === 'not_signed_in') sayNotSignedIn()
  else choices.show(refused)
}

/** Where the address can still be opened, it asks to sign in, and then for the decision again. */
function sayNotSignedIn(): void {
  const words = 'You were signed out in the meantime.'
  if (data.ends_with === 'access_grant') {
    blame('problem', `${words} Go back to the app and start again from there.`)
    return
  }
  blame('problem', `${words} `)
  const link = document.createElement('a')
  Object.assign(link, { href: location.pathname, textContent: 'Sign in and decide again' })
  byId('problem', HTMLElement).append(link)
  link.focus()
}

/** Lets somebody else decide. */
function openNotYou(): void {
  const button = byId('not-you', HTMLButtonElement)
  onPress(button, async () => {
    if (under_way !== undefined) return
    const { refused } = await send('POST', `${api}/logout`)
    if (refused !== undefined && refused.reason !== 'not_signed_in') return choices.show(refused)
    choices.forget()
    // What was asked in the standard dialect was asked of this very user.
    if (data.ends_with === 'code' && data.iss === undefined) return location.reload()
    stopClock()
    showSignedOut(data)
  })
  button.disabled = false
}

function showState(): void {
  const rests = under_way !== undefined || !attentive()
  allowButton.setAttribute('aria-disabled', String(rests))
  allowButton.setAttribute('aria-busy', String(under_way !== undefined))
  denyButton.setAttribute('aria-disabled', String(under_way === 'posted'))
  progress.classList.toggle('unseen', under_way !== 'deriving')
  // What is being worked with is what the page shows.
  chosen.inert = under_way !== undefined
}

/** What the address holds is the proof of the app: from now on the address bar does not show it, and a reload is without it. */
function takeFromAddress(name: string): string | undefined {
  if (data.ends_with !== 'access_grant') return undefined
  const value = new URLSearchParams(location.search).get(name) ?? ''
  history.replaceState(null, '', location.pathname)
  return value
}
