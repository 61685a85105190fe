import { isNoValue, isPlaceholder } from '../placeholder.ts'
import { urlDecoded } from '../url-decoded.ts'
import type { Cause } from './causes.ts'

/** What may have happened to a code on its way, and the code that it then was; undefined when it never was one. */
export interface CodeMishap {
  readonly cause: Extract<Cause, 'code_wrapped' | 'code_encoded' | 'code_placeholder' | 'code_rejected'>
  readonly code: string | undefined
  /** In a few words, for the owner. */
  readonly how: string
}

/**
 * What people send in place of a code, most frequent first, a handful at most. A code is base64url, so decoding it once
 * too often changes nothing; decoding it too seldom may.
 */
export function codeMishaps(sent: string): readonly CodeMishap[] {
  if (sent.trim() === 'REJECTED')
    return [{ cause: 'code_rejected', code: undefined, how: 'the word REJECTED' }]
  if (isPlaceholder(sent) || isNoValue(sent))
    return [{ cause: 'code_placeholder', code: undefined, how: 'a placeholder' }]
  const found: CodeMishap[] = []
  const add = (cause: CodeMishap['cause'], code: string, how: string) => {
    if (code !== sent && code !== '' && !found.some((one) => one.code === code))
      found.push({ cause, code, how })
  }
  const parameter = /(?:^|[?&#])code=([^&#\s]*)/.exec(sent)?.[1]
  add('code_wrapped', sent.trim(), 'spaces or line breaks around it')
  add('code_wrapped', sent.trim().replaceAll(/^["'`]|["'`]$/g, ''), 'quotes around it')
  if (parameter !== undefined) add('code_wrapped', parameter, 'the name code= or the whole URL with it')
  add('code_wrapped', sent.replace(/[&#?;].*$/s, ''), 'the rest of the URL, such as &state=, behind it')
  add('code_encoded', urlDecoded(sent) ?? sent, 'percent signs in it')
  return found
}
