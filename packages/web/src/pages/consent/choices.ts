import {
  type ConsentPageData,
  graveActions,
  type Place,
  parseScopes,
  secondsPerDay,
} from '@valetkey/protocol'
import type { Refused } from '../../send.ts'
import { blame, clear } from '../parts/blame.ts'
import { byId } from '../parts/page-data.ts'
import { showOnDemand } from '../parts/show-on-demand.ts'
import { openPlaces } from './places.ts'

/** What the user chose, complete and in order. */
export interface Choice {
  readonly approved_scopes: string[]
  readonly rejected_scopes: string[]
  /** The places of the approved scopes, in their order. */
  readonly places: readonly Place[]
  readonly project_id: string
  readonly salt: string
  /** Epoch seconds. */
  readonly not_after: number
  readonly passphrase: string
  readonly password: string | undefined
}

export interface Choices {
  /** Undefined when something is missing or wrong; then the page says what, where it stands. */
  read(): Choice | undefined
  /** Says a refusal of the server. */
  show(refused: Pick<Refused, 'reason' | 'words'>): void
  /** Empties what nobody should find here. */
  forget(): void
}

/** The form of the page: keeps what it says true while choices are made, and reads them. */
export function openChoices(data: ConsentPageData): Choices {
  const opened = Date.now()
  const form = byId('consent', HTMLFormElement)
  const passphrase = byId('passphrase', HTMLInputElement)
  const blank = byId('blank', HTMLInputElement)
  const password = byId('password', HTMLInputElement)
  const passwordField = byId('password-needed', HTMLElement)
  const boxes = [...form.querySelectorAll<HTMLInputElement>('input[name=action]')]
  const places = openPlaces(form, data.asked.places)
  const chosenActions = () => boxes.filter(({ checked }) => checked).map(({ value }) => value)

  const freshMs = (data.fresh_seconds - 1) * 1000
  /** Whether the server has asked for the password; its clock is the one that counts. */
  let asked = false

  /** The server asks for the password with much that is given late; asked before, nothing is done twice. */
  const needsPassword = () =>
    (places.isWhole() || graveActions.some((action) => chosenActions().includes(action))) &&
    (asked || Date.now() - opened >= freshMs)

  function update(): void {
    const chosen = chosenActions()
    for (const line of form.querySelectorAll<HTMLElement>('[data-action]'))
      line.hidden = chosen.includes(line.dataset.action ?? '')
    byId('not-elsewhere', HTMLElement).hidden = places.isWhole() || !places.isChosen()
    if (passwordField.hidden) passwordField.hidden = !needsPassword()
    else if (!needsPassword() && password.value === '') passwordField.hidden = true
    passphrase.disabled = blank.checked
  }
  form.addEventListener('input', update)
  form.addEventListener(
    'input',
    ({ target }) => {
      if (target instanceof HTMLInputElement) clear(target.name === 'blank' ? 'passphrase' : target.id)
      if (boxes.some(({ checked }) => checked)) clear('actions')
    },
    // Before the fields look at what was typed and say what is wrong with it.
    { capture: true },
  )
  showOnDemand(form)
  update()
  setTimeout(update, Math.max(0, freshMs))

  return {
    read() {
      const wasHidden = passwordField.hidden
      update()
      for (const id of ['actions', 'places', 'until', 'passphrase', 'password', 'problem']) clear(id)
      const actions = chosenActions()
      const not_after = endOf(byId('until', HTMLInputElement), data.latest_end)
      const project = projectIn(form, data)
      // The last that is said has the focus: so what stands first comes last.
      const missing = needsPassword() && password.value === ''
      // Nobody has failed to fill in what they could not see.
      if (missing && wasHidden) password.focus()
      else if (missing) blame('password', 'Enter your password.')
      if (!blank.checked && passphrase.value === '')
        blame('passphrase', 'Enter the passphrase of the project, or say that it has none.')
      if (not_after === undefined)
        blame('until', 'Choose a day from today on, within the time that is allowed.')
      const where = places.read()
      if (actions.length === 0) blame('actions', 'Allow at least one of these, or deny.')
      if (form.querySelector('[aria-invalid=true]:not(:disabled, [hidden] *)') !== null) return undefined
      if (where === undefined || not_after === undefined || missing) return undefined

      const approved_scopes = [...new Set([...actions, ...where.scopes])]
      const parsed = parseScopes(approved_scopes)
      if (!parsed.ok) return void blame('places', `${parsed.problem}.`)
      return {
        approved_scopes,
        rejected_scopes: [
          ...data.asked.actions.filter((action) => !actions.includes(action)),
          ...where.dropped,
        ],
        places: parsed.set.places,
        project_id: project.id,
        salt: project.salt,
        not_after,
        passphrase: blank.checked ? '' : passphrase.value,
        password: passwordField.hidden || password.value === '' ? undefined : password.value,
      }
    },
    show({ reason, words }) {
      if (reason !== 'password_needed') return blame('problem', words)
      asked = true
      const wasHidden = passwordField.hidden
      passwordField.hidden = false
      password.value = ''
      if (wasHidden) password.focus()
      else blame('password', words)
    },
    forget() {
      passphrase.value = ''
      password.value = ''
    },
  }
}

/** The last second of that day where the user is, or the latest that is allowed. Undefined when it is over or too far. */
function endOf({ value }: HTMLInputElement, latest: number): number | undefined {
  const [year = 0, month = 0, day = 0] = value.split('-').map(Number)
  const end = Math.floor(new Date(year, month - 1, day + 1).getTime() / 1000) - 1
  if (value === '' || !Number.isFinite(end) || end * 1000 <= Date.now()) return undefined
  return end > latest + 2 * secondsPerDay ? undefined : Math.min(end, latest)
}

function projectIn(form: HTMLFormElement, { projects }: ConsentPageData) {
  const chosen = form.querySelector<HTMLSelectElement>('select[name=project]')?.value
  const project = projects.find(({ id }) => id === chosen) ?? projects[0]
  if (project === undefined) throw new Error('the page names no project')
  return project
}
