/** So long the page must have been in sight and in focus before a yes counts. */
const settleMs = 500

/**
 * Watches whether somebody looks at the page, so that a click meant for something else, or for a window that opened a
 * moment before, allows nothing.
 *
 * @param changed called whenever the answer may be another one
 */
export function watchAttention(changed: () => void): () => boolean {
  let attentive = false
  let timer: ReturnType<typeof setTimeout> | undefined

  function look(): void {
    clearTimeout(timer)
    attentive = false
    if (document.visibilityState === 'visible' && document.hasFocus())
      timer = setTimeout(() => {
        attentive = true
        changed()
      }, settleMs)
    changed()
  }

  for (const event of ['focus', 'blur', 'pageshow']) addEventListener(event, () => queueMicrotask(look))
  document.addEventListener('visibilitychange', look)
  queueMicrotask(look)
  return () => attentive
}
