/**
 * How many times longer a task takes for four times the input. Linear work gives about 4, quadratic work 16.
 *
 * A busy machine only ever adds, and adds more to what takes longer: so the fastest run of each size counts, and rounds
 * go on until the answer is below `enough` or it is clear that it stays above. The larger task should take a few
 * milliseconds at most: what takes longer is interrupted, and leaves work for the garbage collector.
 */
export function growth(prepare: (size: number) => () => unknown, size: number, enough: number): number {
  const small = prepare(size)
  const large = prepare(4 * size)
  let [fastestSmall, fastestLarge] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]
  for (let round = 0; round < 60; round++) {
    for (let run = 0; run < 4; run++) fastestSmall = Math.min(fastestSmall, milliseconds(small))
    for (let run = 0; run < 2; run++) fastestLarge = Math.min(fastestLarge, milliseconds(large))
    if (round >= 3 && fastestLarge / fastestSmall < enough) break
  }
  return fastestLarge / fastestSmall
}

function milliseconds(act: () => unknown): number {
  const start = performance.now()
  act()
  return Math.max(performance.now() - start, 0.2) // browsers round the clock
}
