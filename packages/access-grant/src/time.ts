/** A moment: whole seconds since 1970, rounded down, and 0 to 999 999 999 nanoseconds on top. */
export interface Timestamp {
  readonly seconds: bigint
  readonly nanos: number
}

/** A span of time; seconds and nanoseconds carry the same sign. */
export interface Duration {
  readonly seconds: bigint
  readonly nanos: number
}

const nanosPerSecond = 1_000_000_000n
const maxInt64 = 2n ** 63n - 1n
const minInt64 = -(2n ** 63n)

/** Seconds from 0001-01-01T00:00:00Z, the zero time of Go, to 1970. */
const epochOfGo = 62_135_596_800n

/** Brings nanoseconds outside 0…999 999 999 into the seconds. Seconds wrap at 64 bits, as in Go. */
export function timestampOf(seconds: bigint, nanos: number): Timestamp {
  const carry = Math.floor(nanos / 1e9)
  return { seconds: BigInt.asIntN(64, seconds + BigInt(carry)), nanos: nanos - carry * 1e9 }
}

export function timestampFromSeconds(seconds: number | bigint): Timestamp {
  return { seconds: BigInt(seconds), nanos: 0 }
}

export function timestampFromDate(date: Date): Timestamp {
  const ms = date.getTime()
  const seconds = Math.floor(ms / 1000)
  return { seconds: BigInt(seconds), nanos: (ms - seconds * 1000) * 1_000_000 }
}

/** Negative, zero or positive. Far ends of the range wrap around as they do in Go, whose verdict counts. */
export function compareTimestamps(a: Timestamp, b: Timestamp): number {
  const [left, right] = [goSeconds(a), goSeconds(b)]
  return left === right ? a.nanos - b.nanos : left < right ? -1 : 1
}

/** True for 0001-01-01T00:00:00Z, which Go takes for "no time given". */
export function isZeroTime(time: Timestamp): boolean {
  return goSeconds(time) === 0n && time.nanos === 0
}

/** RFC 3339 in UTC, as precise as the time is; beyond the year 9999 the bare seconds. */
export function formatTimestamp(time: Timestamp): string {
  const date = new Date(Number(time.seconds) * 1000)
  const text = Number.isNaN(date.getTime()) ? '' : date.toISOString()
  if (!/^\d{4}-/u.test(text)) return `${time.seconds} seconds after 1970-01-01T00:00:00Z`
  const fraction = time.nanos === 0 ? '' : `.${String(time.nanos).padStart(9, '0').replace(/0+$/u, '')}`
  return `${text.slice(0, 19)}${fraction}Z`
}

export function durationFromSeconds(seconds: number | bigint): Duration {
  return { seconds: BigInt(seconds), nanos: 0 }
}

/** The span in nanoseconds, held within 64 bits. */
export function nanosecondsOf(duration: Duration): bigint {
  const whole = duration.seconds * nanosPerSecond
  if (whole > maxInt64) return maxInt64
  if (whole < minInt64) return minInt64
  const total = whole + BigInt(duration.nanos)
  return total > maxInt64 ? maxInt64 : total < minInt64 ? minInt64 : total
}

/** The span of so many nanoseconds, both parts rounded toward zero. */
export function durationOf(nanoseconds: bigint): Duration {
  return { seconds: nanoseconds / nanosPerSecond, nanos: Number(nanoseconds % nanosPerSecond) }
}

function goSeconds(time: Timestamp): bigint {
  return BigInt.asIntN(64, time.seconds + epochOfGo)
}
