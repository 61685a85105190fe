/**
 * Says what is wrong beside what it is about, and leads there unless told otherwise. `id` is of a field, of a group of
 * them, or of an alert.
 */
export function blame(id: string, words: string, { focus = true } = {}): void {
  const place = document.getElementById(id)
  const said = document.getElementById(`${id}-error`) ?? place
  if (said !== null) said.textContent = words
  place?.setAttribute('aria-invalid', 'true')
  if (!focus) return
  const field = place?.matches('input, select')
    ? place
    : place?.querySelector<HTMLElement>('input:not([disabled])')
  field?.focus()
  said?.scrollIntoView({ block: 'nearest' })
}

/** Takes it back. */
export function clear(id: string): void {
  const place = document.getElementById(id)
  const said =
    document.getElementById(`${id}-error`) ?? (place?.getAttribute('role') === 'alert' ? place : null)
  if (said !== null) said.textContent = ''
  place?.removeAttribute('aria-invalid')
}
