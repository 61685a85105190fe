import { describe, expect, test } from 'vitest'
import { areas, vectorsOf } from './testing/vector.ts'
import { apiKeyChecks } from './testing/vectors-api-key.ts'
import { encodingChecks } from './testing/vectors-encoding.ts'
import { grantChecks } from './testing/vectors-grant.ts'
import { pathChecks } from './testing/vectors-paths.ts'

const checks = { ...encodingChecks, ...apiKeyChecks, ...pathChecks, ...grantChecks }

test('every area of the vectors is checked, and no check is without vectors', () => {
  expect(Object.keys(checks).sort()).toEqual([...areas].sort())
})

describe.each(Object.entries(checks))('%s: we agree with the Go implementation', (area, check) => {
  test.each(vectorsOf(area).map((vector, i) => ({ name: `${i + 1}: ${vector.description}`, vector })))(
    '$name',
    async ({ vector }) => {
      expect.hasAssertions()
      await check(vector)
    },
  )
})
