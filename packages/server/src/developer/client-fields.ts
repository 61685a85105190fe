import {
  type ClientChangeForm,
  checkRedirectUri,
  deviceCodeGrant,
  isDuplicate,
  maxRedirectUris,
  parseScopes,
} from '@valetkey/protocol'
import { cleanName } from '../domain/clean-name.ts'
import type { Client } from '../domain/client.ts'
import { refuse } from '../refusals.ts'
import type { ClientChange } from '../store/clients.ts'
import { fitKeys } from './fit-keys.ts'

/** The fields of a client as they are kept. One rule for each, however it arrives. */

const maxDescriptionLength = 500
/** As in names, but lines may break and tabs may stand. */
const unseen = /[^\P{C}\n\t]|[\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]/u

/**
 * What a form makes of the fields of this client; null and absent ones stay.
 *
 * @refuses request_malformed client_name_unfit client_description_unfit redirect_uri_unfit redirect_uri_duplicate
 * scope_invalid client_has_no_secret client_metadata_unfit
 */
export function changesOf(client: Client, form: ClientChangeForm): Partial<ClientChange> {
  const { name, description, scopes, storx_profile, grant_types, application_type } = form
  const { require_pushed_authorization_requests } = form
  const kind = {
    ...(storx_profile == null ? {} : { storx_profile }),
    ...(grant_types == null ? {} : { grant_types: [...new Set(grant_types)] }),
    ...(application_type == null ? {} : { application_type }),
  }
  // What a client is decides which addresses it may have: those that are there are looked at anew.
  const uris = form.redirect_uris ?? ((grant_types ?? application_type) ? client.redirect_uris : undefined)
  const changes = {
    ...kind,
    ...(name == null ? {} : { name: fitName(name) }),
    ...(description == null ? {} : { description: fitDescription(description) }),
    ...(uris === undefined ? {} : { redirect_uris: fitRedirectUris(uris, { ...client, ...kind }) }),
    ...(scopes == null ? {} : { scopes: fitScopes(scopes) }),
    ...fitKeys(form),
    ...(require_pushed_authorization_requests == null ? {} : { require_pushed_authorization_requests }),
  }
  fitTogether({ ...client, ...changes })
  return changes
}

/** @refuses client_name_unfit */
function fitName(text: string): string {
  const name = cleanName(text)
  if (name === undefined) throw refuse('client_name_unfit')
  return name
}

/** NFC, at most 500 characters, none that nobody sees. @refuses client_description_unfit */
function fitDescription(text: string): string {
  const description = text.replaceAll('\r\n', '\n').normalize('NFC').trim()
  if ([...description].length > maxDescriptionLength || unseen.test(description))
    throw refuse('client_description_unfit')
  return description
}

/** Empty: any scope may be asked for. @refuses scope_invalid */
function fitScopes(list: readonly string[]): readonly string[] {
  const parsed = parseScopes(list)
  if (!parsed.ok) throw refuse('scope_invalid', { description: `scopes: ${parsed.problem}.` })
  return parsed.scopes
}

type Kind = Pick<Client, 'grant_types' | 'application_type' | 'storx_profile'>

/** A device shows a code and is never come back to; every other client needs an address. */
export const needsRedirectUri = ({ grant_types }: Kind): boolean => grant_types.includes('authorization_code')

/** A whole list at once; a single text is a list of one. @refuses request_malformed redirect_uri_unfit redirect_uri_duplicate */
function fitRedirectUris(given: string | readonly string[], kind: Kind): readonly string[] {
  const uris = typeof given === 'string' ? [given] : given
  if (uris.length === 0 && needsRedirectUri(kind))
    throw refuse('request_malformed', { description: 'redirect_uris: at least one is needed.' })
  return uris.reduce<readonly string[]>((list, uri) => withRedirectUri(list, uri, kind), [])
}

/** The list with one more. @refuses redirect_uri_unfit redirect_uri_duplicate */
export function withRedirectUri(
  list: readonly string[],
  uri: string,
  { application_type, storx_profile }: Kind,
  position = list.length,
): readonly string[] {
  // The StorX dialect knows no types: what is registered there may lead to an app as well.
  const type = storx_profile && application_type === 'web' ? undefined : application_type
  const checked = checkRedirectUri(uri, type)
  if (!checked.ok) throw refuse('redirect_uri_unfit', { description: checked.problem })
  if (isDuplicate(list, uri)) throw refuse('redirect_uri_duplicate')
  if (list.length >= maxRedirectUris) {
    throw refuse('redirect_uri_unfit', {
      description: `A client has at most ${maxRedirectUris} redirect URIs.`,
    })
  }
  return list.toSpliced(position, 0, uri)
}

/** Whether the fields of a client agree, whichever of them was given. @refuses client_has_no_secret client_metadata_unfit */
function fitTogether(client: Client): void {
  const { token_endpoint_auth_method: method, storx_profile } = client
  if (storx_profile && method !== 'client_secret_jwt') throw refuse('client_has_no_secret')
  const problem = contradictionIn(client)
  if (problem !== undefined) throw refuse('client_metadata_unfit', { description: problem })
}

function contradictionIn(client: Client): string | undefined {
  const { token_endpoint_auth_method: method, application_type, grant_types, jwks, jwks_uri } = client
  const hasKeys = jwks !== null || jwks_uri !== null
  if (method === 'none' && application_type === 'web')
    return 'token_endpoint_auth_method: none is for application_type native or browser; a server can keep a secret or a key.'
  if (method === 'private_key_jwt' && !hasKeys) return 'private_key_jwt needs jwks or jwks_uri.'
  if (method !== 'private_key_jwt' && hasKeys)
    return 'jwks and jwks_uri are for token_endpoint_auth_method private_key_jwt.'
  if (!grant_types.includes('authorization_code') && !grant_types.includes(deviceCodeGrant))
    return `grant_types: refresh_token needs authorization_code or ${deviceCodeGrant} beside it.`
  return undefined
}
