import type { ExplainedStepAnswer, ExplanationAnswer, FindingAnswer } from '@valetkey/protocol'
import { expect, test } from 'vitest'
import { printExplanation } from './print-explanation.ts'

type Manner = NonNullable<Parameters<typeof printExplanation>[2]>

function printed(
  explanation: ExplanationAnswer,
  { width = Number.POSITIVE_INFINITY, ...manner }: Manner & { width?: number } = {},
): string[] {
  const lines: string[] = []
  const say = (text = ''): void => void lines.push(text)
  printExplanation({ line: say, raw: say, paint: (_format, text) => text, width }, explanation, manner)
  return lines
}

const aFinding = (finding: Partial<FindingAnswer> = {}): FindingAnswer => ({
  cause: 'secret_differs',
  seen: null,
  expected: null,
  apart: null,
  means: 'It was signed with something else.',
  fix: 'Use the secret.',
  snippet: null,
  ...finding,
})
const aStep = (title: string, step: Partial<ExplainedStepAnswer> = {}): ExplainedStepAnswer => ({
  step: title.replaceAll(' ', '_'),
  title,
  result: 'passed',
  note: '',
  findings: [],
  ...step,
})
const anExplanation = (steps: readonly ExplainedStepAnswer[]): ExplanationAnswer => ({
  vocabulary: 1,
  first_failure: steps.find(({ result }) => result === 'failed')?.step ?? null,
  steps: [...steps],
})

test('the finding comes first, then the steps with what was seen, and one line counts what is to mend', () => {
  expect(
    printed(
      anExplanation([
        aStep('parse', { note: 'signed with HS256' }),
        aStep('verify', {
          result: 'failed',
          findings: [
            aFinding({ seen: 'a', expected: 'b', apart: 'one letter', snippet: 'valetkey client list' }),
          ],
        }),
        aStep('check exp', { result: 'would_pass', note: '299 s left' }),
        aStep('find', { result: 'would_fail', findings: [aFinding({ means: 'It is unknown.' })] }),
        aStep('spend', { result: 'not_reached', note: 'not reached' }),
      ]),
    ),
  ).toEqual([
    '✗ It was signed with something else.',
    '  → Use the secret.',
    '    valetkey client list',
    '',
    '✓ 1  parse      signed with HS256',
    '✗ 2  verify     ← the server stops here',
    '     seen      a',
    '     expected  b',
    '     apart     one letter',
    '· 3  check exp  299 s left',
    '! 4  find       would fail as well',
    '     It is unknown.',
    '     → Use the secret.',
    '– 5  spend      not reached',
    '',
    '2 things to mend.',
  ])
})

test('several findings of one step have a blank line between, and only the first is told above', () => {
  const findings = [
    aFinding({ seen: 'a' }),
    aFinding({ means: 'It is late.', fix: 'Be quick.' }),
    aFinding({ means: 'It is long.', fix: 'Be brief.' }),
  ]
  expect(printed(anExplanation([aStep('verify', { result: 'failed', findings })]))).toEqual([
    '✗ It was signed with something else.',
    '  → Use the secret.',
    '',
    '✗ 1  verify  ← the server stops here',
    '     seen  a',
    '',
    '     It is late.',
    '     → Be quick.',
    '',
    '     It is long.',
    '     → Be brief.',
    '',
    '3 things to mend.',
  ])
})

test('a doubt known here alone comes first, and then the steps tell the finding whole', () => {
  const doubt = aFinding({ seen: '5 characters', means: 'This is no secret.', fix: 'Use another.' })
  const step = aStep('verify', { result: 'failed', findings: [aFinding()] })
  expect(printed(anExplanation([step]), { doubt })).toEqual([
    '✗ This is no secret.',
    '  seen  5 characters',
    '  → Use another.',
    '',
    '✗ 1  verify  ← the server stops here',
    '     It was signed with something else.',
    '     → Use the secret.',
  ])
})

test('when nothing is wrong, it says so', () => {
  expect(printed(anExplanation([aStep('parse')]), { fine: 'All good.' })[0]).toBe('✓ All good.')
})

test('a refusal without a finding is not called fine', () => {
  expect(printed(anExplanation([aStep('parse', { result: 'failed' })]))[0]).toBe('✗ It was refused.')
})

test('parsing the JWT is step 1, whether or not the request could be read', () => {
  const read = aStep('read the request', { step: 'read_request', result: 'failed', findings: [aFinding()] })
  const parse = aStep('parse the JWT', { step: 'parse_jwt', result: 'would_pass' })
  expect(printed(anExplanation([read, parse])).slice(-2)).toEqual([
    '✗ 0  read the request  ← the server stops here',
    '· 1  parse the JWT     would pass',
  ])
  expect(printed(anExplanation([parse])).at(-1)).toBe('· 1  parse the JWT  would pass')
})

test('many steps with nothing to say are one line; those with something to say keep theirs', () => {
  const away = (title: string, note = 'not reached') => aStep(title, { result: 'not_reached', note })
  const lines = printed(
    anExplanation([
      away('a'),
      away('b'),
      away('c', 'no secret at hand'),
      away('d'),
      away('e'),
      away('f'),
      aStep('g', { note: 'signed' }),
      aStep('h'),
      aStep('i'),
      aStep('j'),
      ...['k', 'l', 'm'].map((title) => aStep(title, { result: 'would_pass' })),
    ]),
  )
  expect(lines.slice(2)).toEqual([
    '– 1  a  not reached',
    '– 2  b  not reached',
    '– 3  c  no secret at hand',
    '– 4–6  d … f  not reached',
    '✓ 7  g  signed',
    '✓ 8–10  h … j',
    '· 11–13  k … m  would pass',
  ])
})

test('prose breaks where the terminal ends, and goes on below where it began', () => {
  const seen = 'one two three four five six'
  const step = aStep('verify', { result: 'failed', findings: [aFinding({ seen, snippet: seen.repeat(3) })] })
  expect(printed(anExplanation([step]), { width: 24 })).toEqual([
    '✗ It was signed with',
    '  something else.',
    '  → Use the secret.',
    `    ${seen.repeat(3)}`,
    '',
    '✗ 1  verify  ← the',
    '             server',
    '             stops here',
    '     seen  one two three',
    '           four five six',
  ])
})

test('what is there to copy stands on lines of its own, whole, however long', () => {
  const snippet = `valetkey jwt create --client-id ${'x'.repeat(300)}\nvaletkey client list`
  const step = aStep('verify', { result: 'failed', findings: [aFinding({ snippet })] })
  const lines = printed(anExplanation([step]), { indent: '  ' })
  expect(lines.filter((line) => line.trim().startsWith('valetkey')).map((line) => line.trim())).toEqual(
    snippet.split('\n'),
  )
})

test('text of the server makes no line of its own and steers no terminal', () => {
  const hostile = 'a\n✓ 9  granted\u001b[2J\u202E'
  const lines = printed(
    anExplanation([
      aStep(hostile, {
        result: 'failed',
        findings: [
          aFinding({
            seen: hostile,
            expected: hostile,
            apart: hostile,
            means: hostile,
            fix: hostile,
            snippet: hostile,
          }),
        ],
      }),
      aStep('next', { note: hostile }),
    ]),
  )
  expect(lines.join('')).not.toMatch(/[\p{Cc}\p{Cf}]/u)
  // Of a snippet the lines are its own; they stand further in than any step.
  expect(lines.filter((line) => line.startsWith('✓'))).toEqual([expect.stringMatching(/^✓ 2 {2}next/)])
})
