import { expect, test } from 'vitest'
import { rowsOf } from './steps.ts'
import { aDiagnosis, aStep } from './testing/answers.ts'

const numbers = (rows: readonly { number: string }[]) => rows.map(({ number }) => number)

test('the JWT is step 1, and what comes before it 0', () => {
  const rows = (...names: string[]) =>
    numbers(rowsOf(aDiagnosis(...names.map((name) => aStep(name, 'passed'))).explanation).client)
  expect(rows('parse_jwt', 'read_claims')).toEqual(['1', '2'])
  expect(rows('read_request', 'parse_jwt', 'read_claims')).toEqual(['0', '1', '2'])
})

test('three and more steps of the code that were not reached are one line, those of the client never', () => {
  const { client, code } = rowsOf(
    aDiagnosis(
      aStep('parse_jwt', 'failed', 'jwt_malformed'),
      aStep('read_claims', 'not_reached'),
      aStep('fetch_client', 'not_reached'),
      aStep('verify_signature', 'not_reached'),
      aStep('check_jti', 'not_reached'),
      aStep('find_code', 'not_reached'),
      aStep('check_not_spent', 'would_fail', 'code_replayed'),
      aStep('check_code_expiry', 'not_reached'),
      aStep('match_redirect_uri', 'not_reached'),
      aStep('prove_possession', 'not_reached'),
    ).explanation,
  )
  expect(numbers(client)).toEqual(['1', '2', '3', '4', '5'])
  expect(numbers(code)).toEqual(['6', '7', '8–10'])
  expect(code.at(-1)?.title).toBe('check_code_expiry, match_redirect_uri, prove_possession')
})
