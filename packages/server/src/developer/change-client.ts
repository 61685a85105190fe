import type { ClientAnswer, ClientChangeForm } from '@valetkey/protocol'
import { type Acting, audited } from '../audit.ts'
import type { Deps } from '../deps.ts'
import type { Client } from '../domain/client.ts'
import { limitRate } from '../http/limits.ts'
import { refuse } from '../refusals.ts'
import { clientAnswer } from './client-answers.ts'
import { fitDescription, fitName, fitRedirectUris, fitScopes, withRedirectUri } from './client-fields.ts'
import { ownClient } from './own-client.ts'

/**
 * Changes the fields that are given; null and absent ones stay. An empty description or list of scopes is stored as
 * such, and an empty name or list of redirect URIs is refused: what the answer shows is what is kept.
 *
 * @refuses rate_limited client_not_found request_malformed client_name_unfit client_description_unfit
 * redirect_uri_unfit redirect_uri_duplicate scope_invalid
 */
export async function changeClient(
  deps: Deps,
  by: Acting,
  id: string,
  form: ClientChangeForm,
): Promise<ClientAnswer> {
  const { name, description, redirect_uris, scopes, storx_profile } = form
  return change(deps, by, id, 'client.updated', () => ({
    ...(name == null ? {} : { name: fitName(name) }),
    ...(description == null ? {} : { description: fitDescription(description) }),
    ...(redirect_uris == null ? {} : { redirect_uris: fitRedirectUris(redirect_uris) }),
    ...(scopes == null ? {} : { scopes: fitScopes(scopes) }),
    ...(storx_profile == null ? {} : { storx_profile }),
  }))
}

/** @refuses rate_limited client_not_found redirect_uri_unfit redirect_uri_duplicate */
export async function addRedirectUri(deps: Deps, by: Acting, id: string, uri: string): Promise<ClientAnswer> {
  return change(deps, by, id, 'client.redirect_uri_added', ({ redirect_uris }) => ({
    redirect_uris: withRedirectUri(redirect_uris, uri.trim()),
  }))
}

/** The new one takes the old one's place. @refuses rate_limited client_not_found redirect_uri_not_registered redirect_uri_unfit redirect_uri_duplicate */
export async function replaceRedirectUri(
  deps: Deps,
  by: Acting,
  id: string,
  { old_uri, new_uri }: { old_uri: string; new_uri: string },
): Promise<ClientAnswer> {
  return change(deps, by, id, 'client.redirect_uri_replaced', ({ redirect_uris }) => {
    const position = positionOf(redirect_uris, old_uri.trim())
    return { redirect_uris: withRedirectUri(redirect_uris.toSpliced(position, 1), new_uri.trim(), position) }
  })
}

/** @refuses rate_limited client_not_found redirect_uri_not_registered redirect_uri_last */
export async function removeRedirectUri(
  deps: Deps,
  by: Acting,
  id: string,
  uri: string,
): Promise<ClientAnswer> {
  return change(deps, by, id, 'client.redirect_uri_removed', ({ redirect_uris }) => {
    const position = positionOf(redirect_uris, uri.trim())
    if (redirect_uris.length === 1) throw refuse('redirect_uri_last')
    return { redirect_uris: redirect_uris.toSpliced(position, 1) }
  })
}

function positionOf(uris: readonly string[], uri: string): number {
  const position = uris.indexOf(uri)
  if (position < 0) throw refuse('redirect_uri_not_registered')
  return position
}

type Changes = Partial<Pick<Client, 'name' | 'description' | 'redirect_uris' | 'scopes' | 'storx_profile'>>

/** Changes the client as the database has it at that moment, so that of two changes at once none is lost. */
async function change(
  deps: Deps,
  by: Acting,
  id: string,
  action: string,
  changes: (client: Client) => Changes,
): Promise<ClientAnswer> {
  await limitRate(deps, 'client_change', by)
  const own = await ownClient(deps, by, id)
  return audited(deps, by, action, own.id, async () => {
    const changed = await deps.store.clients.update(own.id, changes, deps.clock.now())
    if (changed === undefined) throw refuse('client_not_found')
    return clientAnswer(changed)
  })
}
