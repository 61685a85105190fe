import type { Evidence, TokenRequest, TraceStep } from './domain/token-request.ts'

/** In bytes of JSON. With what it is filed under, at most 256 characters, a row stays below 4 kB. */
const maxTraceBytes = 3_800

/** Characters of a text, of a redirect URI and of a name that a stranger chose; entries of a list; failures of one step. */
interface Cut {
  readonly text: number
  readonly uri: number
  readonly name: number
  readonly entries: number
  readonly failures: number
}

/** The first leaves whole what is sent by mistake. The others are for what is made to be large. */
const cuts: readonly Cut[] = [
  { text: 300, uri: 600, name: 32, entries: 12, failures: 21 },
  { text: 120, uri: 200, name: 16, entries: 4, failures: 4 },
  { text: 60, uri: 80, name: 16, entries: 2, failures: 2 },
]
const causesAlone: Cut = { text: 32, uri: 32, name: 0, entries: 0, failures: 1 }

/**
 * The trace as it may be stored: of a size that no request can exceed, and without characters that weigh much or are
 * none. What was found goes before the steps, and each step's first cause stays in any case.
 */
export function bounded(trace: TokenRequest): TokenRequest {
  for (const cut of cuts) {
    const smaller = cutTo(trace, cut)
    if (Buffer.byteLength(JSON.stringify(smaller)) <= maxTraceBytes) return smaller
  }
  const smallest = cutTo(trace, causesAlone)
  return { ...smallest, steps: smallest.steps.map(withCauseAlone) }
}

function cutTo(trace: TokenRequest, cut: Cut): TokenRequest {
  const { client_id, steps, request } = trace
  return {
    ...trace,
    // Cut as in the evidence, so that what was equal is equal still.
    client_id: client_id === null ? null : textOf(client_id, cut.text),
    steps: firstOfEach(steps, cut.failures).map((one) => ({
      ...one,
      evidence: evidenceOf(one.evidence, cut),
    })),
    // Its lists hold names of ours alone, of which there are few.
    request: evidenceOf(request, { ...cut, entries: 12 }),
  }
}

function firstOfEach(steps: readonly TraceStep[], most: number): readonly TraceStep[] {
  const seen = new Map<string, number>()
  return steps.filter(({ step }) => {
    const before = seen.get(step) ?? 0
    seen.set(step, before + 1)
    return before < most
  })
}

const withCauseAlone = ({ evidence: { cause }, ...step }: TraceStep): TraceStep => ({
  ...step,
  evidence: cause === undefined ? {} : { cause },
})

function evidenceOf(evidence: Evidence, cut: Cut): Evidence {
  return Object.fromEntries(
    Object.entries(evidence).map(([about, value]) => {
      if (typeof value === 'string') return [about, textOf(value, uris.has(about) ? cut.uri : cut.text)]
      if (typeof value !== 'object' || value === null) return [about, value]
      const longest = strangersNames.has(about) ? cut.name : entryLength
      return [about, value.slice(0, cut.entries).map((entry) => textOf(entry, longest))]
    }),
  )
}

/** Evidence that holds redirect URIs, and lists of what somebody else called the members of a JWT. */
const uris: ReadonlySet<string> = new Set(['sent', 'expected'])
const strangersNames: ReadonlySet<string> = new Set(['header_names', 'claim_names'])
/** In other lists: more than an id, or one name for another, ever takes. */
const entryLength = 80

/** Control characters take six bytes each in JSON, and half a surrogate pair is no character; ends of lines tell something. */
const unfit = /(?![\t\n\r])[\p{Cc}\p{Cs}]/gu
/** Nearly all texts are, and it is told quickly. */
const plain = /^[ -~]*$/

function textOf(text: string, longest: number): string {
  const cut = text.length <= longest ? text : `${text.slice(0, Math.max(0, longest - 1))}…`
  return plain.test(cut) ? cut : cut.replaceAll(unfit, '\ufffd')
}
