import type { Refused } from '../../send.ts'
import { blame, clear } from './blame.ts'
import { showOnDemand } from './show-on-demand.ts'

/** Which field a refusal is about; the others are said above the form. */
const fieldOf: Readonly<Record<string, string>> = {
  email_malformed: 'email',
  email_taken: 'email',
  name_unfit: 'fullName',
  password_unfit: 'password',
  user_code_unknown: 'user_code',
}

/**
 * Makes a form of the server's template work: `send` gets its values, and the words of a refusal go beside the field
 * they are about, or into the form's alert. The button rests while something is under way, and stays so after a success,
 * when the page goes on; but for a page that stays, where the form can be sent again.
 */
export function onSubmit(
  form: HTMLFormElement,
  send: (values: Readonly<Record<string, string>>) => Promise<Refused | undefined>,
  { stays = false } = {},
): void {
  const button = form.querySelector<HTMLButtonElement>('button[type=submit]')
  if (button === null) throw new Error('the form has no button')
  const rest = (busy: boolean) => {
    button.disabled = busy
    button.setAttribute('aria-busy', String(busy))
  }
  form.addEventListener('submit', async (event) => {
    event.preventDefault()
    if (button.disabled) return
    clearAll(form)
    if (missing(form)) return
    rest(true)
    const refused = await send(valuesOf(form))
    if (refused === undefined && !stays) return
    rest(false)
    if (refused === undefined) button.focus()
    else show(form, refused)
  })
  showOnDemand(form)
  rest(false)
}

/** Says the refusal where the eye is, and puts the focus there. */
function show(form: HTMLFormElement, { reason, words }: Refused): void {
  const all = inputs(form)
  const blamed = all.find(({ name }) => name === fieldOf[reason])
  if (blamed === undefined) {
    for (const alert of form.querySelectorAll('[role=alert]')) alert.textContent = words
    const next = all.find(({ type }) => type === 'password') ?? all[0]
    next?.focus()
  } else blame(blamed.id, words)
}

const inputs = (form: HTMLFormElement): HTMLInputElement[] => [...form.querySelectorAll('input')]

const valuesOf = (form: HTMLFormElement): Record<string, string> =>
  Object.fromEntries([...new FormData(form)].map(([name, value]) => [name, String(value)]))

/** Whether a field that must be filled in is empty; it says so itself. */
function missing(form: HTMLFormElement): boolean {
  const empty = inputs(form).filter(({ required, value }) => required && value.trim() === '')
  // The last that is said has the focus: so what stands first comes last.
  for (const input of empty.toReversed()) blame(input.id, input.dataset.missing ?? 'Fill this in.')
  return empty.length > 0
}

function clearAll(form: HTMLFormElement): void {
  for (const input of inputs(form)) clear(input.id)
  for (const alert of form.querySelectorAll('[role=alert]')) alert.textContent = ''
}
