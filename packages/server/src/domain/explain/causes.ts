import type { Reason, RefusalRow } from '../../refusals.ts'
import type { Step } from '../token-request.ts'
import { assertionCauses } from './assertion-causes.ts'
import { clientCauses } from './client-causes.ts'
import { codeCauses } from './code-causes.ts'
import { requestCauses } from './request-causes.ts'
import { standardCauses } from './standard-causes.ts'

/** One way in which a token request goes wrong: the words of the API, the CLI, the error pages and the documentation. */
export interface CauseRow {
  /** Where it shows. */
  readonly step: Step
  /** How the token request is refused for it. */
  readonly reason: Reason
  /** What went wrong, in one plain sentence. */
  readonly means: string
  /** What to do about it, in one plain sentence. */
  readonly fix: string
  /** The same where the short JWT of the contract has no place. */
  readonly strict_fix?: string
  /** A command or line to copy. `{client_id}` and `{url}` are filled in where they are known. */
  readonly snippet?: string
  /** How the standard dialect refuses it, where that is not what its reason says. */
  readonly standard?: RefusalRow['standard']
}

/** Every cause by its stable code, in the order of the steps. A code keeps its meaning for ever. */
export const causes = {
  ...requestCauses,
  ...assertionCauses,
  ...clientCauses,
  ...codeCauses,
  ...standardCauses,
}

export type Cause = keyof typeof causes

/** What may lie behind a refusal, more precisely than its own row says: not the cause that bears its name. */
export function causesBehind(reason: Reason): readonly (CauseRow & { readonly cause: Cause })[] {
  return (Object.keys(causes) as Cause[])
    .map((cause) => ({ cause, ...causes[cause] }))
    .filter((row) => row.reason === reason && row.cause !== reason)
}

export const isCause = (text: unknown): text is Cause =>
  typeof text === 'string' && Object.hasOwn(causes, text)
