import { waitInWords } from '@valetkey/protocol'

/** Only here is the time left said aloud. */
const saidAloud = [60, 30, 10]

/** Shows quietly how much time is left, and calls `over` at the end. Returns what stops it. */
export function countDown(seconds: number, shown: HTMLElement, over: () => void): () => void {
  const end = Date.now() + seconds * 1000
  const aloud = document.createElement('p')
  aloud.className = 'visually-hidden'
  aloud.setAttribute('aria-live', 'polite')
  shown.after(aloud)
  let before = seconds

  function tick(): void {
    const left = Math.max(0, Math.ceil((end - Date.now()) / 1000))
    const words = `${waitInWords(left)} left to decide.`
    if (shown.textContent !== words) shown.textContent = words
    if (saidAloud.some((mark) => left <= mark && mark < before)) aloud.textContent = words
    before = left
    if (left > 0) return
    stop()
    over()
  }

  const timer = setInterval(tick, 1000)
  const stop = () => clearInterval(timer)
  tick()
  return () => {
    stop()
    shown.textContent = ''
  }
}
