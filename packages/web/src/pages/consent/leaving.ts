import { type ConsentPageData, withParameters } from '@valetkey/protocol'
import { byId } from '../parts/page-data.ts'

type App = Pick<ConsentPageData, 'redirect_uri' | 'state' | 'iss' | 'response_mode' | 'ends_with'>

/** An app on this device may not open by itself: after so long there is a link. */
const patienceMs = 3000

/** Goes to the address that the server gave, with these parameters and the app's own state, as the app wants to be told. */
export function backToApp(app: App, parameters: Readonly<Record<string, string>>): void {
  const way = wayTo(app, parameters, 'Go on to the app')
  way.hidden = true
  setTimeout(() => {
    way.hidden = false
  }, patienceMs)
  show('You have decided', 'You are being sent back to the app.', way)
  if (way instanceof HTMLFormElement) way.submit()
  else location.replace(way.href)
}

/** The device asks by itself; there is nowhere to go. */
export const showConnected = (): void =>
  show('Your device is connected', 'You can go back to your device. It goes on by itself in a moment.')

export const showDenied = (): void =>
  showEnd('You have decided', 'Nothing was shared. You can go back to your device, or close this page.')

export function showExpired(app: App): void {
  const heading = 'The time to decide is over'
  const error = app.iss === undefined ? 'request_expired' : 'access_denied'
  const ways = app.ends_with === 'device' ? [] : [wayTo(app, { error }, 'Back to the app')]
  showEnd(heading, `Nothing was shared. ${startAgain(app)}`, ...ways)
}

/** The address holds no proof of the app any more, or is of a request that was made for somebody else. */
export const showSignedOut = (app: App): void =>
  showEnd('You are signed out', `Nothing was shared. ${startAgain(app)}`)

const startAgain = ({ ends_with }: App): string =>
  ends_with === 'device' ? 'Start again on your device.' : 'Go back to the app and start again from there.'

/** For what gave no access that could be ended. */
function showEnd(...shown: Parameters<typeof show>): void {
  document.querySelector('.foot')?.remove()
  show(...shown)
}

/** Puts words in place of the question. */
function show(heading: string, words: string, ...ways: readonly HTMLElement[]): void {
  const title = document.createElement('h1')
  title.textContent = heading
  title.tabIndex = -1
  const text = document.createElement('p')
  text.textContent = words
  const main = byId('main', HTMLElement)
  main.classList.add('stack')
  main.replaceChildren(title, text, ...ways)
  title.focus()
}

/** What leads to the app: a link, or a form with one button. */
function wayTo(
  { redirect_uri, state, iss, response_mode }: App,
  parameters: Readonly<Record<string, string>>,
  words: string,
): HTMLAnchorElement | HTMLFormElement {
  const told = { ...parameters, state, iss }
  if (response_mode !== 'form_post') {
    const link = document.createElement('a')
    const href = withParameters(redirect_uri, told)
    return Object.assign(link, { href, textContent: words, className: 'button secondary' })
  }
  const form = Object.assign(document.createElement('form'), { method: 'post', action: redirect_uri })
  for (const [name, value] of Object.entries(told))
    if (value !== undefined)
      form.append(Object.assign(document.createElement('input'), { type: 'hidden', name, value }))
  form.append(
    Object.assign(document.createElement('button'), { textContent: words, className: 'button secondary' }),
  )
  return form
}
