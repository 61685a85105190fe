import type { AccessRevokedAnswer } from '@valetkey/protocol'
import { staySignedIn } from '../stay-signed-in.ts'
import { byId } from './parts/page-data.ts'
import { all, api, ask, onPress, openFrame, partsOf, refresh, tell } from './parts/user-frame.ts'

openFrame()
staySignedIn(api)
// The page of one app's history has the same script and neither list nor dialog.
if (document.getElementById('end') !== null) openList()

function openList(): void {
  const dialog = byId('end', HTMLDialogElement)
  const alert = dialog.querySelector('[role=alert]')
  const confirm = dialog.querySelector<HTMLButtonElement>('[data-confirm]')
  const name = dialog.querySelector('[data-app]')
  if (alert === null || confirm === null || name === null) throw new Error('the dialog is not whole')
  let chosen: DOMStringMap = {}

  wire()

  onPress(confirm, async () => {
    const app = chosen
    const path = `${api}/developer-access/${encodeURIComponent(app.end ?? '')}/revoke`
    const { refused } = await ask<AccessRevokedAnswer>('DELETE', path)
    // Somebody, or the clock, ended it before: what was wanted is so.
    if (refused !== undefined && refused.reason !== 'grant_not_found') {
      alert.textContent = refused.words
      return
    }
    dialog.close()
    await refresh('connected', 'ended')
    wire()
    tell(`${app.name} has no access any more.`)
    document.querySelector<HTMLElement>('h1')?.focus()
  })

  /** Makes what the server has just shown work. */
  function wire(): void {
    openFinder()
    for (const button of all('[data-end]', HTMLButtonElement)) {
      button.disabled = false
      button.addEventListener('click', () => {
        chosen = button.dataset
        name?.replaceChildren(chosen.name ?? '')
        alert?.replaceChildren()
        dialog.showModal()
      })
    }
    for (const details of all('[data-history]', HTMLDetailsElement))
      details.addEventListener('toggle', () => void showHistory(details))
  }
}

/** Among many apps there is a field that leaves those in sight whose words hold what is typed. */
function openFinder(): void {
  const find = document.getElementById('find')
  if (!(find instanceof HTMLInputElement)) return
  const apps = all('.apps > li', HTMLLIElement)
  const found = byId('found', HTMLElement)
  find.addEventListener('input', () => {
    const wanted = find.value.trim().toLowerCase()
    for (const app of apps) app.hidden = !(app.textContent ?? '').toLowerCase().includes(wanted)
    const shown = apps.filter(({ hidden }) => !hidden).length
    found.textContent = wanted === '' ? '' : `${shown} of ${apps.length} apps`
  })
  find.disabled = false
}

/** Reads what an app asked when somebody wants to know; what failed is tried again at the next opening. */
async function showHistory(details: HTMLDetailsElement): Promise<void> {
  const place = details.querySelector('div')
  if (!details.open || place === null || details.dataset.read === 'true') return
  details.dataset.read = 'true'
  place.textContent = 'Loading …'
  const [history] = (await partsOf(details.dataset.history ?? '', ['history'])) ?? []
  if (history === undefined) details.dataset.read = 'false'
  place.replaceChildren(...(history?.childNodes ?? ['It could not be loaded. Close this and open it again.']))
}
