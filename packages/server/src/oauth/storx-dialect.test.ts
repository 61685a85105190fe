/** Clients of the contract notice nothing of the standard dialect: every answer is what it was before there was one. */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { type Exchange, storxTranscript } from '../testing/storx-transcript.ts'

test('the StorX dialect answers as it did in 0.1.0, to the byte', async () => {
  const file = new URL('../../../../vectors/storx-dialect.json', import.meta.url)
  const { cases }: { cases: readonly Exchange[] } = JSON.parse(readFileSync(file, 'utf8'))
  const now = await storxTranscript()
  expect(now.map(({ name }) => name)).toEqual(cases.map(({ name }) => name))
  for (const [at, before] of cases.entries()) expect(now[at], before.name).toEqual(before)
  expect(cases.length).toBeGreaterThan(80)
})
