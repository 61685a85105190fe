import type { ExplainedStepAnswer, ExplainedTokenRequestAnswer, TokenRequestAnswer } from '@valetkey/protocol'
import type { Outcome } from '../../ui/outcome-badge.tsx'

export function badgeOf(outcome: TokenRequestAnswer['outcome']): Outcome {
  switch (outcome) {
    case 'granted':
      return 'good'
    case 'refused':
      return 'bad'
    case 'failed':
      return 'warn'
  }
}

/** How a step ended, in the words and the mark that stand beside its title. */
export const results: Readonly<
  Record<ExplainedStepAnswer['result'], { readonly mark: string; readonly words: string }>
> = {
  passed: { mark: '✓', words: 'passed' },
  failed: { mark: '✗', words: 'failed' },
  would_pass: { mark: '✓', words: 'would have passed' },
  would_fail: { mark: '✗', words: 'would have failed' },
  not_reached: { mark: '–', words: 'not reached' },
}

/** What was sent; what was not read is not said to have been missing. */
export function parametersInWords({ request, reason, explanation }: ExplainedTokenRequestAnswer): string {
  if (request.parameters.length > 0) return request.parameters.join(', ')
  const unread = reason === 'content_type_unsupported' || explanation.first_failure === 'read_request'
  return unread ? 'not read' : 'none'
}

/** Whether it was the client at all, and what follows if it was not. */
export function proofInWords({
  authenticated,
  cause,
}: Pick<TokenRequestAnswer, 'authenticated' | 'cause'>): string {
  if (authenticated) return 'The client proved who it is.'
  const perhapsForged =
    cause === 'secret_differs'
      ? ' If your app works, somebody else may have sent this; then there is nothing to do.'
      : ''
  return `Not proven to be from your app: anybody may have sent this.${perhapsForged}`
}
