import type { Evidence } from '../token-request.ts'
import { type Cause, isCause } from './causes.ts'

type Problem = { readonly cause: Cause; readonly parameter?: readonly string[] }

/**
 * Why a request was refused before its JWT was looked at, from what is known of it: names and sizes, no values. Nothing
 * when it was for another reason.
 */
export function problemsOfUnreadRequest(reason: string, facts: Evidence): readonly Problem[] {
  if (isCause(facts.problem)) return [{ cause: facts.problem }]
  if (facts.endpoint !== undefined) return problemsOfForm(reason, facts)
  switch (reason) {
    case 'content_type_unsupported':
      return [{ cause: causeOfContentType(String(facts.content_type ?? '')) }]
    case 'body_too_large':
      return [{ cause: 'body_too_large' }]
    case 'request_malformed':
      return problemsOfParameters(facts)
    default:
      return []
  }
}

/** In the standard dialect the answer itself names what is wrong, and is shown. */
function problemsOfForm(reason: string, { endpoint, in_address }: Evidence): readonly Problem[] {
  const parameter = namesIn(in_address)
  if (parameter.length > 0 && endpoint !== 'authorize') return [{ cause: 'parameters_in_address', parameter }]
  return reason === 'form_expected' ? [{ cause: 'form_expected' }] : []
}

function causeOfContentType(content_type: string): Cause {
  if (content_type === '') return 'content_type_missing'
  return /^application\/x-www-form-urlencoded|^multipart\/form-data/i.test(content_type)
    ? 'form_body'
    : 'content_type_other'
}

/** Each parameter once, by the first thing that is wrong with it. */
function problemsOfParameters(facts: Evidence): readonly Problem[] {
  const in_address = namesIn(facts.in_address)
  const misnamed = namesIn(facts.misnamed)
  const isThere = (name: string) =>
    in_address.includes(name) || misnamed.some((one) => one.endsWith(` for ${name}`))
  const wrong: readonly (readonly [Cause, readonly string[]])[] = [
    ['parameters_in_address', in_address],
    ['parameter_misnamed', misnamed],
    ['parameter_missing', namesIn(facts.missing).filter((name) => !isThere(name))],
    ['value_not_text', namesIn(facts.not_text)],
    ['parameter_unfit', namesIn(facts.unfit)],
  ]
  const told = wrong.flatMap(([cause, parameter]) => (parameter.length > 0 ? [{ cause, parameter }] : []))
  return told.length > 0 ? told : [{ cause: 'parameter_unfit' }]
}

const namesIn = (names: unknown): readonly string[] =>
  Array.isArray(names) ? names.filter((name) => typeof name === 'string') : []
