import { expect, test } from 'vitest'
import { redirectUriProblem } from './redirect-uri-problem.ts'

test('nothing is said of what is fine, or not written yet', () => {
  expect(redirectUriProblem('https://app.example/cb', [])).toBeUndefined()
  expect(redirectUriProblem(' https://app.example/cb ', [])).toBeUndefined()
  expect(redirectUriProblem('  ', [])).toBeUndefined()
})

test("the server's words are said, with the form that it would take", () => {
  expect(redirectUriProblem('http://app.example/cb', [])?.words).toContain('every other host needs https')
  expect(redirectUriProblem('https://App.example/cb', [])?.form).toBe('https://app.example/cb')
})

test('one that is there already and one too many are told', () => {
  expect(redirectUriProblem('https://app.example/CB', ['https://app.example/cb'])?.words).toContain('already')
  const twenty = Array.from({ length: 20 }, (_, index) => `https://app.example/${index}`)
  expect(redirectUriProblem('https://app.example/cb', twenty)?.words).toContain('at most 20')
})
