/** Seconds by which clocks of servers that share a database may differ. */
export const clockSlackSeconds = 3600
