import { expect, test } from 'vitest'
import { standingOf } from './standing.ts'

const active = { status: 1 } as const
const well = { granted: 5, failures: [], hints: [] }
const failing = [
  { reason: 'signature_wrong', requests: 3, means: '', fix: '' },
  { reason: 'code_expired', requests: 1, means: '', fix: '' },
]

test.each([
  ['one that is switched off', { status: 0 } as const, well, 'plain', 'Disabled'],
  [
    'one that the operator suspended, whatever was granted before',
    { status: 0, suspended: true } as const,
    { ...well, hints: ['It is suspended.'] },
    'bad',
    'Suspended',
  ],
  ['one whose health is not known yet', active, undefined, 'plain', 'Active'],
  ['one that is well', active, well, 'good', 'Active'],
  [
    'one of which all is refused',
    active,
    { ...well, granted: 0, failures: failing },
    'bad',
    '4 refused in 24 h',
  ],
  ['one of which some is refused', active, { ...well, failures: failing }, 'warn', '4 refused in 24 h'],
  ['one with a hint', active, { ...well, hints: ['Set the clock.'] }, 'warn', '1 hint'],
])('%s', (_name, client, health, outcome, words) => {
  expect(standingOf(client, health)).toEqual({ outcome, words })
})
