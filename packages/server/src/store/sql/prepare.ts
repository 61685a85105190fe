import { type Compilable, type CompiledQuery, type RawBuilder, sql } from 'kysely'

/** Stands in a query for a value that each run reads from its arguments. */
export type Slot<Args> = <Value>(read: (args: Args) => Value) => RawBuilder<Value>

/**
 * Builds a query once; each run only fills in its values. For the queries of the hot path.
 *
 * What is the same in every run belongs into the text, by `sql.lit`: SQLite compiles a statement anew for each run when a
 * value bound to it might decide whether a partial index serves, and that takes four times as long as running it.
 *
 * @throws TypeError when a text is bound that is always the same
 */
export function prepare<Args, Result>(
  build: (slot: Slot<Args>) => Compilable<Result>,
): (args: Args) => CompiledQuery<Result> {
  const compiled = build((read) => sql`${new Hole(read)}`).compile()
  if (compiled.parameters.some((value) => typeof value === 'string'))
    throw new TypeError(`a text that is always the same belongs into the query: ${compiled.sql}`)
  return (args) => ({
    ...compiled,
    parameters: compiled.parameters.map((value) => (value instanceof Hole ? value.read(args) : value)),
  })
}

/** A slot for every column of a row. */
export function slots<Args, Row>(
  slot: Slot<Args>,
  columns: readonly (keyof NoInfer<Row> & string)[],
  rowOf: (args: Args) => Row,
): Slots<NoInfer<Row>> {
  const entries = columns.map((column) => [column, slot((args) => rowOf(args)[column])])
  return Object.fromEntries(entries) as Slots<Row>
}

export type Slots<Row> = { readonly [Column in keyof Row]: RawBuilder<Row[Column]> }

class Hole<Args> {
  readonly read: (args: Args) => unknown
  constructor(read: (args: Args) => unknown) {
    this.read = read
  }
}
