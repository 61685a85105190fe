/**
 * Every malformed request is answered as `oidc-provider` answers it, a certified server that others wrote, or the
 * difference is in differences.ts with the section that decides.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { differences } from './differences.ts'
import { type Draft, inShort, send } from './draft.ts'
import { oidcProvider } from './oidc-provider.ts'
import { lifetimes, type Party } from './party.ts'
import { expiredCode, goodRequests, malformedRequests, type Row } from './requests.ts'
import { valetkey } from './valetkey.ts'

let ours: Party
let theirs: Party
/** Servers whose codes live for seconds, and what was asked of them when this began. */
let brief: readonly { readonly party: Party; readonly draft: Draft; readonly endsAtMs: number }[]

beforeAll(async () => {
  ;[ours, theirs] = await Promise.all([valetkey(), oidcProvider()])
  const { shortCode } = lifetimes
  const parties = await Promise.all([valetkey(shortCode), oidcProvider(shortCode)])
  brief = await Promise.all(
    parties.map(async (party) => {
      const draft = await expiredCode.draft(party)
      return { party, draft, endsAtMs: Date.now() + shortCode * 1000 }
    }),
  )
}, 30_000)
afterAll(() => Promise.all([ours, theirs, ...brief.map(({ party }) => party)].map((party) => party?.close())))

const byName = (rows: readonly Row[]) => rows.map((row) => [row.name, row] as const)

const answersTo = async ({ draft }: Row) => {
  const [one, other] = await Promise.all([ours, theirs].map(async (party) => send(party, await draft(party))))
  if (one === undefined || other === undefined) throw new Error('two answers expected')
  return { ours: inShort(one), theirs: inShort(other) }
}

describe('both servers grant what is good', () => {
  test.each(byName(goodRequests))('%s', async (_, row) => {
    const expected = row.name.startsWith('par') ? '201' : '200'
    expect(await answersTo(row)).toEqual({ ours: expected, theirs: expected })
  })
})

describe('a malformed request is answered alike, or for a reason that is listed', () => {
  test.each(byName(malformedRequests))('%s', async (_, row) => {
    expectKnown(row, await answersTo(row))
  })

  test('code: code expired', async () => {
    await sleep(Math.max(0, ...brief.map(({ endsAtMs }) => endsAtMs + 1000 - Date.now())))
    const answers = await Promise.all(
      brief.map(async ({ party, draft }) => inShort(await send(party, draft))),
    )
    expect(answers).toEqual(['400 invalid_grant', '400 invalid_grant'])
  })
})

function expectKnown({ name }: Row, answers: { ours: string; theirs: string }): void {
  const listed = differences.find(({ rows }) => rows.includes(name))
  if (listed === undefined) {
    expect(answers.ours).toBe(answers.theirs)
    expect(answers.ours, 'both grant it').not.toMatch(/^2/)
  } else expect(answers).toEqual({ ours: listed.ours, theirs: listed.theirs })
}

test('there are more than 200 malformed requests, each with a name of its own', () => {
  const names = [...goodRequests, ...malformedRequests].map(({ name }) => name)
  expect(malformedRequests.length).toBeGreaterThan(200)
  expect(names.filter((name, at) => names.indexOf(name) !== at)).toEqual([])
})

test('every listed difference is one, is about requests that are sent, and is listed once', () => {
  const sent = malformedRequests.map(({ name }) => name)
  const listed = differences.flatMap(({ rows }) => rows)
  expect(listed.filter((name, at) => !sent.includes(name) || listed.indexOf(name) !== at)).toEqual([])
  expect(differences.filter((one) => one.ours === one.theirs || one.source === '')).toEqual([])
})
