import { type Answer, send } from '../../send.ts'
import { byId } from './page-data.ts'

/** The API of users. */
export const api = '/api/v0/auth'

/** Makes the frame of a user's pages work. */
export function openFrame(): void {
  const button = byId('sign-out', HTMLButtonElement)
  onPress(button, async () => {
    const { refused } = await ask('POST', `${api}/logout`)
    if (refused === undefined) location.assign('/sign-in')
    else tell(refused.words, 'bad')
  })
  button.disabled = false
  // What a page out of the back-forward cache shows may belong to somebody who has signed out since.
  addEventListener('pageshow', ({ persisted }) => {
    if (persisted) location.reload()
  })
}

/** A call in the name of the user. Whoever is not signed in any more goes to sign in, and comes back. */
export async function ask<T = undefined>(method: string, path: string, form?: object): Promise<Answer<T>> {
  const answer = await send<T>(method, path, form)
  if (answer.refused?.reason === 'not_signed_in') signInAgain()
  return answer
}

function signInAgain(): void {
  location.assign(`/sign-in?return_to=${encodeURIComponent(location.pathname + location.search)}&ended=1`)
}

/** Does it once per press; the button says that it is under way, and rests meanwhile. */
export function onPress(button: HTMLButtonElement, work: () => Promise<void>): void {
  button.addEventListener('click', async () => {
    if (button.getAttribute('aria-busy') === 'true') return
    // Not disabled: that would take the focus away from who works with the keyboard.
    button.setAttribute('aria-busy', 'true')
    await work()
    button.removeAttribute('aria-busy')
  })
}

/** Says what has happened, to readers of the screen and to screen readers alike. */
export function tell(words: string, tone: 'good' | 'bad' = 'good'): void {
  const said = document.createElement('p')
  said.className = `alert ${tone}`
  said.textContent = words
  byId('told', HTMLElement).replaceChildren(said)
}

/** Parts of one of our pages as the server shows it now. Undefined when it cannot be had. */
export async function partsOf(
  address: string,
  ids: readonly string[],
): Promise<readonly Element[] | undefined> {
  try {
    const response = await fetch(address, { credentials: 'same-origin' })
    if (response.redirected) signInAgain()
    if (!response.ok) return undefined
    const fresh = new DOMParser().parseFromString(await response.text(), 'text/html')
    const parts = ids.map((id) => fresh.getElementById(id))
    return parts.every((part) => part !== null) ? parts : undefined
  } catch {
    return undefined
  }
}

/** Shows these parts of this page anew. What they hold is new, so it must be made to work again. */
export async function refresh(...ids: readonly string[]): Promise<void> {
  const parts = await partsOf(location.href, ids)
  if (parts === undefined) return location.reload()
  for (const part of parts) document.getElementById(part.id)?.replaceWith(part)
}

/** Every element that matches, of one type. */
export function all<T extends HTMLElement>(selector: string, type: new () => T): readonly T[] {
  return [...document.querySelectorAll(selector)].filter((element): element is T => element instanceof type)
}
