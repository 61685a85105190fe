import { byId } from './page-data.ts'

/** Makes the buttons work that show what was typed. It is hidden again before it is sent: browsers know it by that. */
export function showOnDemand(form: HTMLFormElement): void {
  for (const button of form.querySelectorAll<HTMLButtonElement>('button[aria-controls]')) {
    const input = byId(button.getAttribute('aria-controls') ?? '', HTMLInputElement)
    const set = (shown: boolean) => {
      input.type = shown ? 'text' : 'password'
      button.setAttribute('aria-pressed', String(shown))
    }
    button.addEventListener('click', () => set(input.type === 'password'))
    form.addEventListener('submit', () => set(false), { capture: true })
    button.disabled = false
  }
}
