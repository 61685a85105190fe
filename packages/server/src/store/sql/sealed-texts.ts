import { sql } from 'kysely'
import type { SealedText, SealPurpose } from '../../domain/sealed-text.ts'
import type { Schema } from '../schema.ts'
import type { SealedTexts } from '../sealed-texts.ts'
import type { Engine } from './engine.ts'
import { inPowersOfTwo } from './upkeep.ts'

type Place = {
  readonly [Table in keyof Schema]: { table: Table; column: keyof Schema[Table] & string }
}[keyof Schema]

/**
 * Every column that holds what was sealed under the master key; each of these tables has an `id`, which the text is
 * bound to. What is sealed for a new purpose does not compile without its line here, so no rotation forgets it.
 */
export const sealedPlaces: Readonly<Record<SealPurpose, Place>> = {
  'client-secret': { table: 'client_secrets', column: 'sealed_secret' },
  'api-key': { table: 'api_keys', column: 'sealed_secret' },
  'webhook-secret': { table: 'webhook_secrets', column: 'sealed_secret' },
}

const purposes = Object.keys(sealedPlaces) as readonly SealPurpose[]

export function sealedTexts({ db, locks }: Engine): SealedTexts {
  const select = (purpose: SealPurpose) => {
    const { table, column } = sealedPlaces[purpose]
    return sql`select id as row_id, ${sql.ref(column)} as sealed from ${sql.table(table)}`
  }
  const found = async (
    purpose: SealPurpose,
    rest: ReturnType<typeof sql>,
  ): Promise<readonly SealedText[]> => {
    const { rows } = await sql<Omit<SealedText, 'purpose'>>`${select(purpose)} ${rest}`.execute(db)
    return rows.map((row) => ({ purpose, ...row }))
  }
  return {
    purposes,

    async ends() {
      const ends = purposes.flatMap((purpose) => [
        found(purpose, sql`order by id limit 1`),
        found(purpose, sql`order by id desc limit 1`),
      ])
      return (await Promise.all(ends)).flat()
    },

    read: (purpose, after, limit) => found(purpose, sql`where id > ${after} order by id limit ${limit}`),

    async replace(purpose, changes) {
      const [table, column] = [sql.table(sealedPlaces[purpose].table), sql.ref(sealedPlaces[purpose].column)]
      let replaced = 0
      for (const some of inPowersOfTwo(changes)) {
        const rows = some.map(
          ({ row_id, from, to }) =>
            sql`(cast(${row_id} as text), cast(${from} as text), cast(${to} as text))`,
        )
        const ids = sql.join(some.map(({ row_id }) => row_id))
        const { numAffectedRows = 0n } = await sql`
          with changes (row_id, was, becomes) as (values ${sql.join(rows)}),
            free as (select id from ${table} where id in (${ids}) ${locks.ownFree})
          update ${table} set ${column} = changes.becomes from changes
          where id = changes.row_id and ${column} = changes.was and id in (select id from free)`.execute(db)
        replaced += Number(numAffectedRows)
      }
      return replaced
    },
  }
}
