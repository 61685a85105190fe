import type { ExplainedStepAnswer, ExplanationAnswer } from '@valetkey/protocol'

/** One line among the steps. */
export interface Row {
  /** `4`, or `9–15` for several that were not reached. From 1 with the JWT; reading the request comes before, as 0. */
  readonly number: string
  readonly title: string
  readonly step: ExplainedStepAnswer
}

/** From so many on, steps in a row that were not reached are one line. */
const foldedFrom = 3

/**
 * The steps of client authentication, each on its line, the one-time use of its assertion among them; and those of the
 * code, the unreached ones together.
 */
export function rowsOf({ steps }: ExplanationAnswer): { client: readonly Row[]; code: readonly Row[] } {
  const first = steps.findIndex(({ step }) => step === 'parse_jwt')
  const rows = steps.map((step, at) => ({ number: `${at - first + 1}`, title: step.title, step }))
  return {
    client: rows.filter(({ step }) => clientSteps.has(step.step)),
    code: folded(rows.filter(({ step }) => !clientSteps.has(step.step))),
  }
}

/** Everything that says whether it is the client. */
export const clientSteps: ReadonlySet<string> = new Set([
  'read_request',
  'parse_jwt',
  'read_claims',
  'fetch_client',
  'verify_signature',
  'check_expiry',
  'match_client_id',
  'check_jti',
])

function folded(rows: readonly Row[]): Row[] {
  const all: Row[] = []
  for (let at = 0; at < rows.length; ) {
    const end = rows.findIndex(({ step }, index) => index >= at && !isUnreached(step))
    const run = rows.slice(at, end === -1 ? undefined : end)
    const [begin] = run
    const last = run.at(-1)
    if (begin === undefined || last === undefined || run.length < foldedFrom) {
      all.push(...rows.slice(at, at + run.length + 1))
      at += run.length + 1
    } else {
      const number = `${begin.number}–${last.number}`
      all.push({ number, title: run.map(({ title }) => title).join(', '), step: begin.step })
      at += run.length
    }
  }
  return all
}

const isUnreached = ({ result, note, findings }: ExplainedStepAnswer): boolean =>
  result === 'not_reached' && findings.length === 0 && (note === '' || note === 'not reached')

/** How many things there are to mend. */
export const findingsIn = ({ steps }: ExplanationAnswer): number =>
  steps.reduce((count, { findings }) => count + findings.length, 0)
