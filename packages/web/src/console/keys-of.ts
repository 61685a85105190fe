/** The keys of an object that has no others than its type says, in its order. */
export const keysOf = <Whole extends object>(whole: Whole): (keyof Whole)[] =>
  Object.keys(whole) as (keyof Whole)[]
