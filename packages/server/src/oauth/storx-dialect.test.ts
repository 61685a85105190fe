/** Clients of the contract notice nothing of the standard dialect: every answer is what it was before there was one. */
import { readFileSync } from 'node:fs'
import { parseAccessGrant } from '@valetkey/access-grant'
import { expect, test } from 'vitest'
import { type Exchange, storxTranscript } from '../testing/storx-transcript.ts'

test('the StorX dialect answers as it did in 0.1.0, to the byte', async () => {
  const file = new URL('../../../../vectors/storx-dialect.json', import.meta.url)
  const { cases }: { cases: readonly Exchange[] } = JSON.parse(readFileSync(file, 'utf8'))
  const now = await storxTranscript()
  expect(now.map(({ name }) => name)).toEqual(cases.map(({ name }) => name))
  for (const [at, before] of cases.entries())
    expect(withoutHead(now[at]), before.name).toEqual(withoutHead(before))
  expect(cases.length).toBeGreaterThan(80)
})

/** The head of an API key is made up anew for each, and its tail follows from it. All else of an access grant is compared. */
function withoutHead(exchange: Exchange | undefined): unknown {
  if (exchange?.status !== 200 || !exchange.body.startsWith('{"access_grant":')) return exchange
  const { access_grant, ...rest } = JSON.parse(exchange.body)
  const { satellite_address, api_key, encryption_access } = parseAccessGrant(access_grant)
  expect([api_key.head.length, api_key.tail.length]).toEqual([32, 32])
  const { head: _head, tail: _tail, ...key } = api_key
  return { ...exchange, body: Object.entries(rest), grant: { satellite_address, key, encryption_access } }
}
