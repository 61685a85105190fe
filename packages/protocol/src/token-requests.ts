import { z } from 'zod'
import { exactly } from './exactly.ts'
import { tokenRequestsKeptDays } from './limits.ts'
import { errorAnswer } from './oauth.ts'
import { dateTime, given } from './query.ts'

/**
 * Token requests explained to the developer whose client they name. Times are RFC 3339. Much of it is text that a
 * stranger may have sent under somebody's `client_id`: cut, printable ASCII, and to be escaped wherever it is shown.
 */

/** Counts up when a code changes its meaning, which none has; codes that are no longer used are never used again. */
export const vocabularyVersion = 1

/** 128 bits, hex: nothing that could mean something else in a path, or in a shell it is copied to. */
export const isTraceId = (text: string): boolean => /^[0-9a-f]{32}$/.test(text)

/** One thing that is wrong. */
export const findingAnswer = z.object({
  cause: z.string().describe('A stable code, such as exp_in_milliseconds.'),
  seen: z.string().nullable().describe('The value that came, where there is one to show.'),
  expected: z.string().nullable().describe('The value that should have come.'),
  apart: z.string().nullable().describe('How far they lie apart, or what sets them apart.'),
  means: z.string().describe('What went wrong, in one plain sentence.'),
  fix: z.string().describe('What to do about it, in one plain sentence.'),
  snippet: z.string().nullable().describe('To copy: a command for a shell, or a line of code.'),
})
export type FindingAnswer = z.infer<typeof findingAnswer>

export const explainedStepAnswer = z.object({
  step: z.string().describe('A stable code, such as verify_signature.'),
  title: z.string().describe('The step as people read it.'),
  result: z
    .enum(['passed', 'failed', 'would_pass', 'would_fail', 'not_reached'])
    .describe('would_…: the request had failed before it, yet this is how it would have ended.'),
  note: z
    .string()
    .describe('What was found, or why nothing could be, in a few words; empty when there are findings.'),
  findings: z
    .array(findingAnswer)
    .describe('Everything that is wrong here; at least one when the step failed or would have failed.'),
})
export type ExplainedStepAnswer = z.infer<typeof explainedStepAnswer>

/** Every step of a token request in its order, with all failures at once. */
export const explanationAnswer = z.object({
  vocabulary: z.literal(vocabularyVersion),
  first_failure: z
    .string()
    .nullable()
    .describe('The step that the request ended at; null when it ended at none.'),
  steps: z.array(explainedStepAnswer),
})
export type ExplanationAnswer = z.infer<typeof explanationAnswer>

/** Why a token request was refused; the explanation comes from a server that was started with `--dev` alone. */
export const tokenErrorAnswer = errorAnswer
  .extend({ explanation: explanationAnswer.optional() })
  .describe(
    'Refused, in the one shape of every error; explained in it where the server is one for development',
  )

export const tokenRequestAnswer = z.object({
  trace_id: z.string(),
  at: z.string(),
  client_id: z.string().nullable().describe('What the request named; null when it named nothing.'),
  client_name: z
    .string()
    .nullable()
    .describe('The name of your client; null when the request named none of yours.'),
  authenticated: z
    .boolean()
    .describe('Whether the client proved who it is. If not, anybody may have sent the request.'),
  outcome: z.enum(['granted', 'refused', 'failed']),
  reason: z
    .string()
    .nullable()
    .describe('Why it was refused: a stable code, such as signature_wrong; null when granted.'),
  cause: z.string().nullable().describe('The cause of the first finding; null when granted.'),
  means: z.string().nullable(),
  status: z.number().int(),
  network: z.string().describe('Where it came from, as this server saw it.'),
  user_agent: z.string(),
  duration_ms: z.number(),
})
export type TokenRequestAnswer = z.infer<typeof tokenRequestAnswer>

export const explainedTokenRequestAnswer = tokenRequestAnswer.extend({
  grant_id: z.string().nullable().describe('The grant that was issued.'),
  /** What is known of the HTTP request itself: sizes and names, no values. */
  request: z.object({
    content_type: z.string(),
    content_length: z.number(),
    parameters: z.array(z.string()),
  }),
  explanation: explanationAnswer,
})
export type ExplainedTokenRequestAnswer = z.infer<typeof explainedTokenRequestAnswer>

/** A misspelt filter would show more than was meant, so unknown ones are refused. */
export const tokenRequestQuery = exactly({
  client_id: given(z.string().max(256)),
  outcome: given(z.enum(['granted', 'refused', 'failed'], { error: 'must be granted, refused or failed' })),
  reason: given(z.string().max(64)).describe('One of those of /errors.'),
  from: given(dateTime).describe('RFC 3339, inclusive.'),
  to: given(dateTime).describe('RFC 3339, inclusive.'),
  limit: given(z.string().regex(/^(?:[1-9]\d?|100)$/, 'must be a whole number from 1 to 100')).describe(
    'Entries per page, 25 unless said.',
  ),
  cursor: given(z.string().max(256)).describe('next_cursor of the page before.'),
})
export type TokenRequestQuery = z.infer<typeof tokenRequestQuery>

/** Newest first. */
export const tokenRequestListAnswer = z.object({
  token_requests: z.array(tokenRequestAnswer),
  next_cursor: z.string().nullable().describe('Opens the next page; null on the last.'),
})
export type TokenRequestListAnswer = z.infer<typeof tokenRequestListAnswer>

export const tokenRequestPath = z.object({ trace_id: z.string() })

export const tokenRequestTailQuery = exactly({ client_id: given(z.string().max(256)) })
export type TokenRequestTailQuery = z.infer<typeof tokenRequestTailQuery>

/** The longest text that is diagnosed, in characters. */
export const diagnosedLimit = 32_768

/** A token request to look at: nothing in it is kept, and the code in it stays as it is. */
export const diagnoseForm = exactly({
  request: z
    .string()
    .min(1)
    .max(diagnosedLimit)
    .describe('A curl command, an HTTP request, or its body alone (JSON or form).'),
})
export type DiagnoseForm = z.infer<typeof diagnoseForm>

export const diagnosisAnswer = z.object({
  ok: z.boolean().describe('True when the server would have granted it.'),
  client_id: z.string().nullable(),
  client_name: z.string().nullable(),
  explanation: explanationAnswer,
})
export type DiagnosisAnswer = z.infer<typeof diagnosisAnswer>

const secretHealth = z.object({
  id: z.string(),
  created_at: z.string(),
  retires_at: z.string().nullable(),
  last_used_at: z.string().nullable(),
  means: z.string().describe('What that means, such as "last used 9 days ago: safe to retire".'),
})

/** How a client's token requests go, before somebody has to ask. */
export const clientHealthAnswer = z.object({
  client_id: z.string(),
  last_success_at: z
    .string()
    .nullable()
    .describe(`The last request that was granted, within ${tokenRequestsKeptDays} days.`),
  /** Of the last 24 hours, most frequent first. Requests that proved nothing may be anybody's. */
  failures: z.array(
    z.object({ reason: z.string(), requests: z.number().int(), means: z.string(), fix: z.string() }),
  ),
  granted: z.number().int(),
  clock_skew: z
    .object({ seconds: z.number(), samples: z.number().int() })
    .nullable()
    .describe(
      "The app's clock against ours in seconds, positive when it is ahead: the median over its last requests that say.",
    ),
  secrets: z.array(secretHealth).describe('Those that verify something now, newest first.'),
  hints: z.array(z.string()).describe('What to look after, in plain sentences; empty when all is well.'),
})
export type ClientHealthAnswer = z.infer<typeof clientHealthAnswer>
