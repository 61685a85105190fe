import { type ConsentPageData, withParameters } from '@valetkey/protocol'
import { byId } from '../parts/page-data.ts'

type App = Pick<ConsentPageData, 'redirect_uri' | 'state'>

/** An app on this device may not open by itself: after so long there is a link. */
const patienceMs = 3000

/** Goes to the address that the server gave, with these parameters and the app's own state. Returns where to. */
export function backToApp(app: App, parameters: Readonly<Record<string, string>>): string {
  const target = addressOf(app, parameters)
  location.replace(target)
  return target
}

const addressOf = ({ redirect_uri, state }: App, parameters: Readonly<Record<string, string>>): string =>
  withParameters(redirect_uri, { ...parameters, state })

export function showLeaving(target: string): void {
  const link = linkTo(target, 'Go on to the app')
  link.hidden = true
  setTimeout(() => {
    link.hidden = false
  }, patienceMs)
  show('You have decided', 'You are being sent back to the app.', link)
}

export function showExpired(app: App): void {
  const words = 'Nothing was shared. Go back to the app and start again from there.'
  const back = linkTo(addressOf(app, { error: 'request_expired' }), 'Back to the app')
  showEnd('The time to decide is over', words, back)
}

/** The address holds no proof of the app any more, so nobody can sign in and go on here. */
export const showSignedOut = (): void =>
  showEnd('You are signed out', 'Nothing was shared. Go back to the app and start again from there.')

/** For what gave no access that could be ended. */
function showEnd(...shown: Parameters<typeof show>): void {
  document.querySelector('.foot')?.remove()
  show(...shown)
}

/** Puts words in place of the question. */
function show(heading: string, words: string, ...links: readonly HTMLAnchorElement[]): void {
  const title = document.createElement('h1')
  title.textContent = heading
  title.tabIndex = -1
  const text = document.createElement('p')
  text.textContent = words
  const main = byId('main', HTMLElement)
  main.classList.add('stack')
  main.replaceChildren(title, text, ...links)
  title.focus()
}

function linkTo(href: string, words: string): HTMLAnchorElement {
  const link = document.createElement('a')
  return Object.assign(link, { href, textContent: words, className: 'button secondary' })
}
