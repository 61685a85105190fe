import {
  type ExplainedStepAnswer,
  type ExplanationAnswer,
  type FindingAnswer,
  vocabularyVersion,
} from '@valetkey/protocol'
import { type Reason, type RefusalRow, refusals } from '../../refusals.ts'
import {
  type Evidence,
  isFailure,
  type Step,
  stepTitles,
  type TokenRequest,
  type TraceStep,
  tokenRequestSteps,
} from '../token-request.ts'
import { type CauseRow, causes, isCause } from './causes.ts'
import { inWords, noteOf, refusalInWords, shown } from './evidence-in-words.ts'
import { seenBy } from './seen-by.ts'
import { stepsOf } from './steps-of.ts'
import { ofTheClient, otherClientIn, withoutTheClient } from './two-clients.ts'
import { problemsOfUnreadRequest } from './unread-request.ts'
import { ownClientOf, type Viewer } from './viewer.ts'

/** What an explanation is made from: a stored trace, or one worked out for a request that was never sent. */
export type Explainable = Pick<TokenRequest, 'client_id' | 'reason' | 'request' | 'steps'>

/**
 * Every step of a token request with its verdict, what is wrong in each and what to do about it, all failures at once.
 *
 * Pure. It tells the viewer nothing of other people's clients: where the JWT names one of those, what depends on its
 * record is left out.
 */
export function explain(request: Explainable, viewer: Viewer): ExplanationAnswer {
  const all = withoutConsequence(withRefusal(request))
  const another = concernsAnother(request, viewer)
  const steps = another ? withoutTheClient(all) : all
  const first = steps.find(({ result }) => result === 'failed')?.step ?? null
  return {
    vocabulary: vocabularyVersion,
    first_failure: first,
    steps: tokenRequestSteps.flatMap((step): ExplainedStepAnswer[] => {
      const taken = steps.filter((one) => one.step === step)
      const [verdict] = taken
      if (verdict !== undefined) return [explainedStep(verdict, taken, request, viewer)]
      if (!stepsOf(request.request).has(step) || isOtherWay(step, steps)) return []
      return [unreachedStep(step, another && ofTheClient.has(step))]
    }),
  }
}

/** The first finding: the cause of it all. */
export function firstFinding({ steps, first_failure }: ExplanationAnswer): FindingAnswer | undefined {
  return steps.find(({ step }) => step === first_failure)?.findings[0]
}

/** Whether the JWT names a client that is not the viewer's, and the request another one. */
function concernsAnother(request: Explainable, viewer: Viewer): boolean {
  const other = otherClientIn(request)
  return other !== undefined && ownClientOf(viewer, other) === undefined
}

/**
 * The steps, with the refusal put among them where none of them is it: it came before, between or behind them, by what
 * the request is as a whole or by the state of the server.
 */
function withRefusal({ steps, reason, request }: Explainable): readonly TraceStep[] {
  if (reason === null || steps.some(({ result }) => result === 'failed')) return steps
  const step = steps.some(({ result }) => result === 'passed') ? nextStep(steps, request) : 'read_request'
  const problems = step === 'read_request' ? problemsOfUnreadRequest(reason, request) : []
  const told = problems.length > 0 ? problems : [{ cause: reason }]
  return [
    ...steps.filter((one) => one.step !== step),
    ...told.map((problem) => ({ step, result: 'failed', evidence: { ...request, ...problem } }) as const),
  ]
}

/** A code of the client whose secret signed is no second mistake: the client_id alone is wrong. */
function withoutConsequence(steps: readonly TraceStep[]): readonly TraceStep[] {
  const signer = steps.find(({ step }) => step === 'verify_signature')?.evidence.signed_with_client
  return signer === undefined ? steps : steps.filter(({ evidence }) => evidence.issued_to !== signer)
}

function nextStep(steps: readonly TraceStep[], facts: Evidence): Step {
  const ahead = tokenRequestSteps.filter((step) => stepsOf(facts).has(step))
  const last = ahead.findLastIndex((step) =>
    steps.some((one) => one.step === step && one.result === 'passed'),
  )
  const next = ahead[last + 1] ?? ahead.at(-1) ?? 'spend_code'
  return next === 'unseal_keys' ? (ahead.at(-1) ?? 'spend_code') : next
}

/** Of the two ways to the storage keys one is taken; a passphrase is the usual one. */
function isOtherWay(step: Step, steps: readonly TraceStep[]): boolean {
  const sealed = steps.some((one) => one.step === 'unseal_keys')
  return step === (sealed ? 'derive_root_key' : 'unseal_keys')
}

function unreachedStep(step: Step, hidden: boolean): ExplainedStepAnswer {
  const note = hidden ? 'the JWT names a client that is not yours' : 'not reached'
  return { step, title: stepTitles[step], result: 'not_reached', note, findings: [] }
}

/** `taken` are all verdicts of the step, one for each thing that is wrong, `first` among them. */
function explainedStep(
  first: TraceStep,
  taken: readonly TraceStep[],
  request: Explainable,
  viewer: Viewer,
): ExplainedStepAnswer {
  const { step, result } = first
  const title = stepTitles[step]
  if (!isFailure(first))
    return { step, title, result, note: noteOf(step, first.evidence, viewer), findings: [] }
  const findings = taken.filter(isFailure).map(({ evidence }) => findingOf(step, evidence, request, viewer))
  return { step, title, result, note: '', findings }
}

function findingOf(step: Step, evidence: Evidence, request: Explainable, viewer: Viewer): FindingAnswer {
  const refined = seenBy(viewer, evidence, request)
  const { cause } = refined
  const { means, fix: usual, strict_fix, snippet } = rowOf(cause)
  const fix = request.request.proof === 'client_assertion' ? (strict_fix ?? usual) : usual
  const told = isCause(cause) ? inWords(step, cause, refined, viewer) : refusalInWords(refined)
  const client = ownClientOf(viewer, refined.near) ?? ownClientOf(viewer, request.client_id)
  return {
    cause: shown(cause, 64),
    seen: told.seen ?? null,
    expected: told.expected ?? null,
    apart: told.apart ?? null,
    means,
    fix,
    snippet:
      snippet?.replaceAll('{client_id}', asOneWord(client?.client_id)).replaceAll('{url}', viewer.url) ??
      null,
  }
}

/** A command is copied into a shell: what would be more than one word there is not put into it. */
const asOneWord = (client_id = ''): string => (/^[\w-]+$/.test(client_id) ? client_id : 'CLIENT_ID')

/** A refusal without a cause of its own is explained by its row. */
function rowOf(cause: unknown): Pick<CauseRow, 'means' | 'fix' | 'strict_fix' | 'snippet'> {
  if (isCause(cause)) return causes[cause]
  const known = typeof cause === 'string' && Object.hasOwn(refusals, cause)
  const { explanation, ...row }: RefusalRow = refusals[known ? (cause as Reason) : 'internal']
  return { means: explanation, ...row }
}
