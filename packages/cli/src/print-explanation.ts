import type { ExplainedStepAnswer, ExplanationAnswer, FindingAnswer } from '@valetkey/protocol'
import { count, plain, printFields, printWrapped, type Screen } from './terminal.ts'

/** Steps of one result and note in a row are told in one line from this many on. */
const foldedFrom = 3

interface Manner {
  readonly indent?: string
  /** What to say when nothing is wrong. */
  readonly fine?: string
  /** What to say at the first step that failed. */
  readonly stops?: string
  /** What is known here and not on the server; it then comes first. */
  readonly doubt?: FindingAnswer | undefined
  /** Prints what belongs between the finding and the steps. */
  readonly facts?: () => void
}

/**
 * What is wrong and what to do, then every step below each other, each failure with what was seen. What is there to be
 * copied stands on lines of its own, whole and without a prompt.
 */
export function printExplanation(screen: Screen, explanation: ExplanationAnswer, manner: Manner = {}): void {
  const { indent = '', doubt, facts } = manner
  const first = explanation.steps.find(({ step }) => step === explanation.first_failure)?.findings[0]
  if (doubt !== undefined) printHeadline(screen, doubt, indent)
  else if (first !== undefined) printHeadline(screen, { ...first, ...unseen }, indent)
  else screen.line(`${indent}${verdict(screen, explanation, manner)}`)
  screen.line()
  if (facts !== undefined) {
    facts()
    screen.line()
  }
  printSteps(screen, explanation, { ...manner, told: doubt === undefined ? first : undefined })
  const findings = explanation.steps.flatMap((step) => step.findings).length
  if (findings < 2) return
  screen.line()
  screen.line(`${indent}${screen.paint('red', `${count(findings, 'thing')} to mend.`)}`)
}

/** The headline leaves to the step what was seen in it. */
const unseen = { seen: null, expected: null, apart: null }

function printHeadline(screen: Screen, finding: FindingAnswer, indent = ''): void {
  const paint = (line: string) => screen.paint('bold', line)
  printWrapped(screen, finding.means, { first: `${indent}${screen.paint('red', '✗')} `, paint })
  printEvidence(screen, finding, `${indent}  `)
  printFix(screen, finding, `${indent}  `)
}

function verdict(
  screen: Screen,
  { first_failure }: ExplanationAnswer,
  { fine = 'Nothing is wrong.' }: Manner,
): string {
  return first_failure === null
    ? `${screen.paint('green', '✓')} ${fine}`
    : `${screen.paint('red', '✗')} It was refused.`
}

function printSteps(
  screen: Screen,
  { steps, first_failure }: ExplanationAnswer,
  { indent = '', stops = 'the server stops here', told }: Manner & { told: FindingAnswer | undefined },
): void {
  const rows = rowsOf(steps)
  const single = rows.filter(({ folded }) => !folded)
  const numbers = Math.max(0, ...single.map(({ number }) => number.length))
  const titles = Math.max(0, ...single.map(({ title }) => title.length))
  for (const { step, number, title, folded } of rows) {
    const words = `${number.padEnd(numbers)}  ${folded ? title : title.padEnd(titles)}`
    const first = `${indent}${markOf(screen, step)} ${isFaint(step) ? screen.paint('dim', words) : words}  `
    if (step.step === first_failure)
      printWrapped(screen, `← ${stops}`, { first, paint: (line) => screen.paint('red', line) })
    else printNote(screen, step, first)
    printFindings(screen, step, { indent: `${indent}${' '.repeat(numbers + 4)}`, told })
  }
}

/** All that is wrong in one step, a blank line between. What the headline told is not told again. */
export function printFindings(
  screen: Screen,
  { findings }: ExplainedStepAnswer,
  { indent, told }: { indent: string; told?: FindingAnswer | undefined },
): void {
  for (const [at, finding] of findings.entries()) {
    if (at > 0 && (findings[at - 1] !== told || hasEvidence(findings[at - 1]))) screen.line()
    if (finding === told) printEvidence(screen, finding, indent)
    else printFinding(screen, finding, indent)
  }
}

/** One thing that is wrong, whole. */
export function printFinding(screen: Screen, finding: FindingAnswer, indent: string): void {
  printEvidence(screen, finding, indent)
  printWrapped(screen, finding.means, { first: indent })
  printFix(screen, finding, indent)
}

function printEvidence(screen: Screen, finding: FindingAnswer, indent: string): void {
  const evidence = evidenceOf(finding)
  if (evidence.length > 0) printFields(screen, evidence, indent)
}

function evidenceOf({ seen, expected, apart }: FindingAnswer): (readonly [string, string])[] {
  return Object.entries({ seen, expected, apart }).flatMap(([name, value]) =>
    value === null || value === '' ? [] : [[name, value] as const],
  )
}

const hasEvidence = (finding: FindingAnswer | undefined): boolean =>
  finding !== undefined && evidenceOf(finding).length > 0

function printFix(screen: Screen, { fix, snippet }: FindingAnswer, indent: string): void {
  printWrapped(screen, fix, { first: `${indent}${screen.paint('bold', '→')} ` })
  printSnippet(screen, snippet, `${indent}  `)
}

/** Something to copy: never wrapped, cut or decorated with anything but space before it. */
export function printSnippet(screen: Screen, snippet: string | null, indent: string): void {
  for (const line of snippet?.split('\n') ?? []) screen.line(`${indent}${screen.paint('cyan', plain(line))}`)
}

interface Row {
  readonly step: ExplainedStepAnswer
  readonly number: string
  readonly title: string
  /** Whether it stands for several. */
  readonly folded: boolean
}

/** Numbered so that parsing the JWT is 1: reading the request comes before all steps, and only where it failed. */
function rowsOf(steps: readonly ExplainedStepAnswer[]): Row[] {
  const rows: Row[] = []
  const first = steps[0]?.step === 'read_request' ? 0 : 1
  for (let at = 0; at < steps.length; ) {
    const [step, ...after] = steps.slice(at)
    if (step === undefined) break
    const others = after.findIndex((next) => !isLike(step, next))
    const run = 1 + (others === -1 ? after.length : others)
    const number = first + at
    if (run < foldedFrom || !isFoldable(step)) {
      rows.push({ step, number: `${number}`, title: plain(step.title), folded: false })
      at += 1
      continue
    }
    const last = steps[at + run - 1]?.title ?? ''
    const title = `${plain(step.title)} … ${plain(last)}`
    rows.push({ step, number: `${number}–${number + run - 1}`, title, folded: true })
    at += run
  }
  return rows
}

const isLike = (one: ExplainedStepAnswer, other: ExplainedStepAnswer): boolean =>
  one.result === other.result && one.note === other.note && other.findings.length === 0

const isFoldable = ({ result, note, findings }: ExplainedStepAnswer): boolean =>
  findings.length === 0 && (note === '' || result === 'not_reached')

const isFaint = ({ result }: ExplainedStepAnswer): boolean =>
  result === 'not_reached' || result === 'would_pass'

function printNote(screen: Screen, { result, note }: ExplainedStepAnswer, first: string): void {
  const [style, words] =
    result === 'would_fail'
      ? (['yellow', 'would fail as well'] as const)
      : (['dim', note === '' && result === 'would_pass' ? 'would pass' : note] as const)
  printWrapped(screen, words, { first, paint: (line) => screen.paint(style, line) })
}

function markOf(screen: Screen, { result }: ExplainedStepAnswer): string {
  switch (result) {
    case 'passed':
      return screen.paint('green', '✓')
    case 'failed':
      return screen.paint('red', '✗')
    case 'would_pass':
      return screen.paint('dim', '·')
    case 'would_fail':
      return screen.paint('yellow', '!')
    case 'not_reached':
      return screen.paint('dim', '–')
  }
}
