import {
  type ClientApplicationType,
  checkRedirectUri,
  isDuplicate,
  maxRedirectUris,
} from '@valetkey/protocol'

export interface RedirectUriProblem {
  readonly words: string
  /** How it could be registered. */
  readonly form?: string
}

/** What the server would say to one more redirect URI beside the others; undefined when it takes it, or none is written. */
export function redirectUriProblem(
  written: string,
  others: readonly string[],
  type?: ClientApplicationType,
): RedirectUriProblem | undefined {
  const uri = written.trim()
  if (uri === '') return undefined
  const checked = checkRedirectUri(uri, type)
  if (!checked.ok) {
    const { problem, form } = checked
    return { words: problem, ...(form === undefined ? {} : { form }) }
  }
  if (isDuplicate(others, uri)) return { words: 'this redirect URI is registered already' }
  if (others.length >= maxRedirectUris)
    return { words: `a client has at most ${maxRedirectUris} redirect URIs` }
  return undefined
}
