import { expect, test } from 'vitest'
import { refusals } from '../../../../../server/src/refusals.ts'
import { reasons } from './reasons.ts'

const reasonsOf = (...groups: string[]) =>
  reasons.flatMap(({ group, reasons }) => (groups.includes(group) ? reasons : []))

const refusalsWhere = (hasStep: boolean) =>
  Object.entries(refusals).flatMap(([reason, row]) => ('step' in row === hasStep ? [reason] : []))

test('every refusal of a step of a token request can be chosen, as one of the client, the code, a refresh or a device', () => {
  expect(reasonsOf('The client', 'The code', 'Refreshing', 'The device').sort()).toEqual(
    refusalsWhere(true).sort(),
  )
})

test('what else can be chosen are refusals before and beside the steps', () => {
  expect(refusalsWhere(false)).toEqual(expect.arrayContaining(reasonsOf('The request', 'The server')))
})

test('each can be chosen once', () => {
  const all = reasons.flatMap((group) => group.reasons)
  expect(all).toEqual([...new Set(all)])
})
