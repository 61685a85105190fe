/** The chaos run itself: a short one holds, and it would see what it looks for. */
import { spawn } from 'node:child_process'
import { hash } from 'node:crypto'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { lookAt } from '../chaos/invariants.ts'
import type { Entry } from '../chaos/ledger.ts'
import { redeemEntry, redeemTwice, revokeEntry } from '../chaos/moves.ts'
import { chanceFrom } from '../chaos/random.ts'
import { onSite } from '../chaos/site.ts'
import { openStage, type Stage } from '../chaos/stage.ts'
import { rowsOf } from './testing/rows.ts'

test('a server survives a kill, a killed PostgreSQL, a full disk, a lost COMMIT and junk: npm run chaos -- --smoke', {
  timeout: 180_000,
}, async () => {
  const main = join(import.meta.dirname, '../chaos/main.ts')
  const child = spawn(process.execPath, [main, '--smoke', '--seed', '7'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [said, [code]] = await Promise.all([text(child.stdout), once(child, 'exit')])
  expect(code, said).toBe(0)
  const rows = said.split('\n').filter((line) => line.startsWith('| '))
  expect(rows.length).toBe(6)
  // A disk can be filled only where one can be mounted.
  for (const row of rows.slice(1))
    expect(row).toMatch(/ held \|$|full disk.*SKIPPED: a small tmpfs cannot be mounted/)
})

test(
  'the chaos run sees what is lost, what was given twice, what lives on and what is an orphan',
  {
    timeout: 60_000,
  },
  () =>
    onSite(async (site) => {
      const stage = await openStage(site, chanceFrom(1), { name: 'seen', servers: [{}] })
      const { ledger, town, doors } = stage
      const [door] = doors
      if (door === undefined) throw new Error('no server')
      await town.refill(ledger, 3)
      const entries = town.pairs.map(({ fresh }) => fresh.shift()).filter((entry) => entry !== undefined)
      const [kept, ended, twice] = entries as [Entry, Entry, Entry]
      expect(await redeemEntry(ledger, door, kept)).toBe('answered')
      expect(await redeemEntry(ledger, door, ended)).toBe('answered')
      expect(await revokeEntry(ledger, door, ended)).toBe('answered')
      expect(await redeemTwice(ledger, [door, door], twice)).toBe('answered')
      expect([kept, ended, twice].map((entry) => entry.ended)).toEqual(['no', 'yes', 'yes'])
      expect(await lookAt(stage)).toEqual([])

      const grantOf = ({ code }: Entry) =>
        `(select grant_id from authorization_codes where code_hash = '${hashOf(code)}')`
      const broken = (statement: string) => seenAfter(stage, entries, statement)
      expect(await broken(`update api_keys set revoked_at = 1 where grant_id = ${grantOf(kept)}`)).toContain(
        'lost',
      )
      await rowsOf(stage.where, `update api_keys set revoked_at = null where grant_id = ${grantOf(kept)}`)
      expect(
        await broken(`update api_keys set revoked_at = null where grant_id = ${grantOf(ended)}`),
      ).toEqual(expect.arrayContaining(['revoked', 'orphans']))
      await rowsOf(stage.where, `update api_keys set revoked_at = 1 where grant_id = ${grantOf(ended)}`)
      expect(
        await broken(
          `update grants set request_id = (select min(request_id) from grants) where id = ${grantOf(kept)} or id = ${grantOf(ended)}`,
        ),
      ).toContain('once')
      // A code that was answered and is good again would give a second grant.
      await rowsOf(
        stage.where,
        `update authorization_codes set spent_at = null, grant_id = null where code_hash = '${hashOf(kept.code)}'`,
      )
      await redeemEntry(ledger, door, kept)
      expect((await lookAt(stage)).map(({ words }) => words)).toContain('a code gave two grants')
      await stage.close()
    }),
)

const hashOf = (code: string) => hash('sha256', code, 'base64url')

/** The invariants that are broken after this statement, as far as these entries tell. */
async function seenAfter(
  stage: Stage,
  entries: readonly Entry[],
  statement: string,
): Promise<readonly string[]> {
  await rowsOf(stage.where, statement)
  for (const entry of entries) stage.ledger.touch(entry)
  return (await lookAt(stage)).map(({ invariant }) => invariant)
}
