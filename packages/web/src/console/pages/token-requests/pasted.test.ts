import { expect, test } from 'vitest'
import { isJwtAlone, ofJwtAlone, requestOf } from './pasted.ts'
import { aDiagnosis, aStep } from './testing/answers.ts'

const jwtOf = (claims: object) =>
  `eyJhbGciOiJIUzI1NiJ9.${btoa(JSON.stringify(claims)).replaceAll('=', '')}.c2ln`
const jwt = jwtOf({ client_id: 'photos-id', exp: 1 })

test.each([
  ['a JWT', jwt],
  ['one in quotes', `"${jwt}"`],
  ['one with space around it', `\n  ${jwt}\n`],
  ['one that a terminal broke into lines', `${jwt.slice(0, 30)}\n${jwt.slice(30)}`],
  ['one without a signature', `${jwt.split('.').slice(0, 2).join('.')}.`],
  ['the secret itself', 'vks_0123456789abcdefghijklmnopqrstuvwxyzABCDEFG'],
])('%s is looked at as a JWT alone', (_, text) => {
  expect(isJwtAlone(text)).toBe(true)
})

test.each([
  ['JSON', `{"client_secret": "${jwt}"}`],
  ['a form', `client_id=photos&client_secret=${jwt}`],
  ['curl', `curl https://a.example -d client_secret=${jwt}`],
  ['an HTTP request', 'POST /api/v0/oauth2/token HTTP/1.1\n\n{}'],
  ['a word', 'hello'],
])('%s goes as it was pasted', (_, text) => {
  expect(requestOf(text)).toBe(text)
})

test('a JWT goes with the client that it names, and without one when it names none or cannot be read', () => {
  const sent = (text: string) => JSON.parse(requestOf(text))
  expect(sent(jwt)).toEqual({ client_secret: jwt, client_id: 'photos-id' })
  expect(sent(jwtOf({ sub: 'photos-id', aud: 'x' })).client_id).toBe('photos-id')
  for (const claims of [{ exp: 1 }, { client_id: 7 }, { client_id: '' }, { client_id: 'x'.repeat(257) }])
    expect(sent(jwtOf(claims))).toEqual({ client_secret: jwtOf(claims) })
  expect(sent('eyJ.!'.replace('!', 'x'))).toEqual({ client_secret: 'eyJ.x' })
})

test('of a JWT alone what is missing around it is not told, and its steps are as if they had been reached', () => {
  const { ok, explanation } = ofJwtAlone(
    aDiagnosis(
      aStep('read_request', 'failed', 'parameter_missing'),
      aStep('parse_jwt', 'would_pass'),
      aStep('verify_signature', 'would_fail', 'secret_differs'),
      aStep('check_expiry', 'would_fail', 'expired'),
      aStep('match_client_id', 'would_pass'),
      aStep('check_jti', 'not_reached'),
      aStep('find_code', 'not_reached'),
    ),
  )
  expect(ok).toBe(false)
  expect(explanation.first_failure).toBe('verify_signature')
  expect(explanation.steps.map(({ step, result }) => `${step} ${result}`)).toEqual([
    'parse_jwt passed',
    'verify_signature failed',
    'check_expiry would_fail',
  ])
})

test('a JWT that is in order has nothing wrong with it', () => {
  const { ok, explanation } = ofJwtAlone(
    aDiagnosis(
      aStep('read_request', 'failed', 'parameter_missing'),
      aStep('parse_jwt', 'would_pass'),
      aStep('check_jti', 'would_pass'),
    ),
  )
  expect([ok, explanation.first_failure]).toEqual([true, null])
  expect(explanation.steps.map(({ result }) => result)).toEqual(['passed', 'passed'])
})

test('what keeps a JWT from being read stays the first failure', () => {
  const { ok, explanation } = ofJwtAlone(
    aDiagnosis(
      aStep('read_request', 'failed', 'parameter_missing', 'parameter_unfit'),
      aStep('parse_jwt', 'not_reached'),
    ),
  )
  expect([ok, explanation.first_failure]).toEqual([false, 'read_request'])
  expect(explanation.steps[0]?.findings.map(({ cause }) => cause)).toEqual(['parameter_unfit'])
})
