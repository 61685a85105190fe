import type { Clock } from './deps.ts'

/** The clock of this machine. Whatever needs the time is handed one. */
export const systemClock: Clock = { now: () => Math.floor(Date.now() / 1000), nowMs: () => Date.now() }
