import { hash } from 'node:crypto'
import { type RawBuilder, sql } from 'kysely'
import type { Limits } from '../limits.ts'
import type { Replays } from '../replays.ts'
import { clockSlackSeconds } from './clock-slack.ts'
import type { Engine } from './engine.ts'
import { prepare, type Slot } from './prepare.ts'

export function replays({ db, ask }: Engine): Replays {
  const mark = prepare((slot: Slot<{ mark: string; expires_at: number }>) =>
    db
      .insertInto('replay_marks')
      .values({ mark: slot((args) => args.mark), expires_at: slot((args) => args.expires_at) })
      .onConflict((conflict) => conflict.doNothing()),
  )
  return {
    async mark(client_id, jti, expires_at) {
      const { numAffectedRows } = await ask(mark({ mark: digest(client_id, jti), expires_at }))
      return numAffectedRows === 1n
    },

    async seen(client_id, jti) {
      const shown = db.selectFrom('replay_marks').select('mark').where('mark', '=', digest(client_id, jti))
      return (await shown.executeTakeFirst()) !== undefined
    },
  }
}

export function limits({ db, ask }: Engine): Limits {
  const hit = prepare((slot: Slot<{ key: string; now: number; resets_at: number }>) => {
    const [key, resets_at] = [slot((args) => args.key), slot((args) => args.resets_at)]
    const over = isOver(slot((args) => args.now))
    return db
      .insertInto('limit_windows')
      .values({ key, hits: 1, resets_at })
      .onConflict((conflict) =>
        conflict.column('key').doUpdateSet({
          hits: sql<number>`case when ${over} then 1 else limit_windows.hits + 1 end`,
          resets_at: sql<number>`case when ${over} then excluded.resets_at else limit_windows.resets_at end`,
        }),
      )
      .returning(['hits', 'resets_at'])
  })
  return {
    async hit(key, windowSeconds, now) {
      const { rows } = await ask(hit({ key: digest(key), now, resets_at: now + windowSeconds }))
      const [window] = rows
      if (window === undefined) throw new Error('an upsert that returns nothing')
      return { ...window }
    },

    async addMany(counts, now) {
      const keys = counts.map(({ key }) => digest(key))
      const rows = counts.map(({ hits, windowSeconds }, at) => ({
        key: keys[at] ?? '',
        hits,
        resets_at: now + windowSeconds,
      }))
      // In one order, so that two servers that add at once never wait for each other.
      rows.sort((a, b) => (a.key < b.key ? -1 : 1))
      const over = isOver(sql`${now}`)
      const added = await db.transaction().execute(async (trx) => {
        const windows = new Map<string, { hits: number; resets_at: number }>()
        for (const some of inPowersOfTwo(rows, 256)) {
          const sums = trx
            .insertInto('limit_windows')
            .values(some)
            .onConflict((conflict) =>
              conflict.column('key').doUpdateSet({
                hits: sql<number>`case when ${over} then excluded.hits else limit_windows.hits + excluded.hits end`,
                resets_at: sql<number>`case when ${over} then excluded.resets_at else limit_windows.resets_at end`,
              }),
            )
            .returning(['key', 'hits', 'resets_at'])
          for (const { key, hits, resets_at } of await sums.execute()) windows.set(key, { hits, resets_at })
        }
        return windows
      })
      return keys.map((key) => {
        const window = added.get(key)
        if (window === undefined) throw new Error('an upsert that returns nothing')
        return window
      })
    },

    async peek(key, now) {
      const window = await db
        .selectFrom('limit_windows')
        .select(['hits', 'resets_at'])
        .where('key', '=', digest(key))
        .where('resets_at', '>', now)
        .executeTakeFirst()
      return window && { ...window }
    },

    async giveBack(key) {
      await db
        .updateTable('limit_windows')
        .set((eb) => ({ hits: eb('hits', '-', 1) }))
        .where('key', '=', digest(key))
        .where('hits', '>', 0)
        .execute()
    },

    async forget(key) {
      await db.deleteFrom('limit_windows').where('key', '=', digest(key)).execute()
    },
  }
}

/**
 * Whether the window that is there has ended. One that ends later than any could was begun by a clock that was wrong, and
 * would hold people up as long as it was.
 */
const isOver = (now: RawBuilder<unknown>) =>
  sql`(limit_windows.resets_at <= ${now} or limit_windows.resets_at > excluded.resets_at + ${sql.lit(clockSlackSeconds)})`

/** One short key for texts of any length and content. */
function digest(...texts: readonly string[]): string {
  return hash('sha256', JSON.stringify(texts), 'base64url')
}

/** Cuts a list so that only a few statements are ever prepared, whatever its length. */
export function inPowersOfTwo<Item>(items: readonly Item[], most = 64): readonly (readonly Item[])[] {
  const pieces: Item[][] = []
  for (let at = 0; at < items.length; ) {
    const size = Math.min(most, 2 ** Math.floor(Math.log2(items.length - at)))
    pieces.push(items.slice(at, at + size))
    at += size
  }
  return pieces
}

/** Repeats the last item until the length is a power of two: for lists of `in`, of which also only a few are prepared. */
export function paddedToPowerOfTwo<Item>(items: readonly Item[]): readonly Item[] {
  const size = 2 ** Math.ceil(Math.log2(items.length))
  return Array.from({ length: size }, (_, at) => items[Math.min(at, items.length - 1)] as Item)
}
