/**
 * How many times longer a task takes for four times the input; the least of several rounds, because a
 * busy machine only ever adds. Linear work gives about 4, quadratic work 16.
 */
export function growth(prepare: (size: number) => () => unknown, size: number): number {
  const small = prepare(size)
  const large = prepare(4 * size)
  let least = Number.POSITIVE_INFINITY
  for (let round = 0; round < 4; round++) {
    least = Math.min(least, best(large) / best(small))
  }
  return least
}

/** Milliseconds of the fastest of some runs. */
function best(act: () => unknown): number {
  let least = Number.POSITIVE_INFINITY
  for (let run = 0; run < 4; run++) {
    const start = performance.now()
    act()
    least = Math.min(least, performance.now() - start)
  }
  return Math.max(least, 0.2) // browsers round the clock
}
