import { expect, test } from 'vitest'
import { projectOfCode } from './redemption.ts'

test('a code whose project is gone redeems nothing: project_gone', () => {
  expect(projectOfCode(undefined)).toMatchObject({ ok: false, reason: 'project_gone' })
})
