import { send } from './send.ts'

/** At most so often is the session prolonged: far less than it lasts without that. */
const pauseMs = 5 * 60_000

/** The API of the door at which somebody is signed in. */
export type Door = '/api/v0/auth' | '/api/v0/developer/auth'

/**
 * Prolongs the session while somebody works with the page; who only leaves it open is signed out in time. What fails is
 * tried again with a later input, and what needs the session says itself that it has ended.
 *
 * @param options.at_once begin now, without waiting for an input
 */
export function staySignedIn(door: Door, { at_once = false } = {}): void {
  let next = 0

  function prolong(): void {
    const now = Date.now()
    if (now < next) return
    next = now + pauseMs
    void send('POST', `${door}/refresh-session`)
  }

  for (const input of ['pointerdown', 'keydown'])
    addEventListener(input, prolong, { passive: true, capture: true })
  if (at_once) prolong()
}
