/** Seconds by which clocks of servers that share a database may differ. */
export const clockSlackSeconds = 3600

/** Seconds by which the clock may be wrong while somebody ends their access, and it stays ended when the clock is right again. */
export const wrongClockSeconds = 7 * 86_400
