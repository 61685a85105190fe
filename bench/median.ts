/** The middle value, or the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length / 2
  const [low = Number.NaN, high = Number.NaN] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]]
  return (low + high) / 2
}

export interface Interval {
  readonly median: number
  readonly low: number
  readonly high: number
}

/** The median, and where it lies in 95 % of samples that are drawn from these values anew, as many and with repetition. */
export function bootstrapMedian(values: readonly number[], samples = 1000): Interval {
  const sorted = Float64Array.from(values).sort()
  const medians = Float64Array.from(
    { length: samples },
    () => sorted[drawnMedian(sorted.length)] ?? Number.NaN,
  ).sort()
  const at = (share: number): number => medians[Math.floor(share * (samples - 1))] ?? Number.NaN
  return { median: median(values), low: at(0.025), high: at(0.975) }
}

/** Draws `count` of `count` ranks, and says which is in the middle. Counting them is quicker than sorting. */
function drawnMedian(count: number): number {
  const times = new Uint16Array(count)
  for (let draw = 0; draw < count; draw++) {
    const rank = Math.floor(Math.random() * count)
    times[rank] = (times[rank] ?? 0) + 1
  }
  let below = 0
  let rank = 0
  while (below + (times[rank] ?? 0) <= count / 2) below += times[rank++] ?? 0
  return rank
}
