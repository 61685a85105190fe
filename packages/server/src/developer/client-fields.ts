import { checkRedirectUri, isDuplicate, maxRedirectUris, parseScopes } from '@valetkey/protocol'
import { cleanName } from '../domain/clean-name.ts'
import { refuse } from '../refusals.ts'

/** The fields of a client as they are kept. One rule for each, however it arrives. */

const maxDescriptionLength = 500
/** As in names, but lines may break and tabs may stand. */
const unseen = /[^\P{C}\n\t]|[\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]/u

/** @refuses client_name_unfit */
export function fitName(text: string): string {
  const name = cleanName(text)
  if (name === undefined) throw refuse('client_name_unfit')
  return name
}

/** NFC, at most 500 characters, none that nobody sees. @refuses client_description_unfit */
export function fitDescription(text: string): string {
  const description = text.replaceAll('\r\n', '\n').normalize('NFC').trim()
  if ([...description].length > maxDescriptionLength || unseen.test(description))
    throw refuse('client_description_unfit')
  return description
}

/** Empty: any scope may be asked for. @refuses scope_invalid */
export function fitScopes(list: readonly string[]): readonly string[] {
  const parsed = parseScopes(list)
  if (!parsed.ok) throw refuse('scope_invalid', { description: `scopes: ${parsed.problem}.` })
  return parsed.scopes
}

/** A whole list at once; a single text is a list of one. @refuses request_malformed redirect_uri_unfit redirect_uri_duplicate */
export function fitRedirectUris(given: string | readonly string[]): readonly string[] {
  const uris = typeof given === 'string' ? [given] : given
  if (uris.length === 0)
    throw refuse('request_malformed', { description: 'redirect_uris: at least one is needed.' })
  return uris.reduce<readonly string[]>((list, uri) => withRedirectUri(list, uri), [])
}

/** The list with one more. @refuses redirect_uri_unfit redirect_uri_duplicate */
export function withRedirectUri(
  list: readonly string[],
  uri: string,
  position = list.length,
): readonly string[] {
  const checked = checkRedirectUri(uri)
  if (!checked.ok) throw refuse('redirect_uri_unfit', { description: checked.problem })
  if (isDuplicate(list, uri)) throw refuse('redirect_uri_duplicate')
  if (list.length >= maxRedirectUris) {
    throw refuse('redirect_uri_unfit', {
      description: `A client has at most ${maxRedirectUris} redirect URIs.`,
    })
  }
  return list.toSpliced(position, 0, uri)
}
