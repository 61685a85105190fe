import type { ClientAnswer, ClientChangeForm, ClientForm } from '@valetkey/protocol'
import { type Acting, audited, type InTheNameOf } from '../audited.ts'
import type { Deps } from '../deps.ts'
import type { Client } from '../domain/client.ts'
import { limitRate } from '../http/limits.ts'
import { refuse } from '../refusals.ts'
import type { ClientChange } from '../store/clients.ts'
import { clientAnswer } from './client-answers.ts'
import { changesOf, needsRedirectUri, withRedirectUri } from './client-fields.ts'
import { ownClient } from './own-client.ts'

/**
 * Changes the fields that are given; null and absent ones stay. An empty description or list of scopes is stored as
 * such, and an empty name or list of redirect URIs is refused: what the answer shows is what is kept.
 *
 * @refuses rate_limited client_not_found request_malformed client_name_unfit client_description_unfit
 * redirect_uri_unfit redirect_uri_duplicate scope_invalid client_has_no_secret client_metadata_unfit
 */
export async function changeClient(
  deps: Deps,
  by: Acting,
  id: string,
  form: ClientChangeForm,
): Promise<ClientAnswer> {
  return clientAnswer(await change(deps, by, id, 'client.updated', (client) => changesOf(client, form)))
}

/** A whole form takes the place of all there was: keys that it does not bring are gone. */
export async function replaceClient(
  deps: Deps,
  by: InTheNameOf,
  id: string,
  form: ClientForm,
): Promise<Client> {
  return change(deps, by, id, 'client.updated', (client) =>
    changesOf({ ...client, jwks: null, jwks_uri: null }, form),
  )
}

/** @refuses rate_limited client_not_found redirect_uri_unfit redirect_uri_duplicate */
export async function addRedirectUri(deps: Deps, by: Acting, id: string, uri: string): Promise<ClientAnswer> {
  const changed = await change(deps, by, id, 'client.redirect_uri_added', (client) => ({
    redirect_uris: withRedirectUri(client.redirect_uris, uri.trim(), client),
  }))
  return clientAnswer(changed)
}

/** The new one takes the old one's place. @refuses rate_limited client_not_found redirect_uri_not_registered redirect_uri_unfit redirect_uri_duplicate */
export async function replaceRedirectUri(
  deps: Deps,
  by: Acting,
  id: string,
  { old_uri, new_uri }: { old_uri: string; new_uri: string },
): Promise<ClientAnswer> {
  const changed = await change(deps, by, id, 'client.redirect_uri_replaced', (client) => {
    const position = positionOf(client.redirect_uris, old_uri.trim())
    const others = client.redirect_uris.toSpliced(position, 1)
    return { redirect_uris: withRedirectUri(others, new_uri.trim(), client, position) }
  })
  return clientAnswer(changed)
}

/** @refuses rate_limited client_not_found redirect_uri_not_registered redirect_uri_last */
export async function removeRedirectUri(
  deps: Deps,
  by: Acting,
  id: string,
  uri: string,
): Promise<ClientAnswer> {
  const changed = await change(deps, by, id, 'client.redirect_uri_removed', (client) => {
    const { redirect_uris } = client
    const position = positionOf(redirect_uris, uri.trim())
    if (redirect_uris.length === 1 && needsRedirectUri(client)) throw refuse('redirect_uri_last')
    return { redirect_uris: redirect_uris.toSpliced(position, 1) }
  })
  return clientAnswer(changed)
}

function positionOf(uris: readonly string[], uri: string): number {
  const position = uris.indexOf(uri)
  if (position < 0) throw refuse('redirect_uri_not_registered')
  return position
}

/** Changes the client as the database has it at that moment, so that of two changes at once none is lost. */
async function change(
  deps: Deps,
  by: InTheNameOf,
  id: string,
  action: string,
  changes: (client: Client) => Partial<ClientChange>,
): Promise<Client> {
  await limitRate(deps, 'client_change', by)
  const own = await ownClient(deps, by, id)
  return audited(deps, by, action, own.id, async () => {
    const changed = await deps.store.clients.update(own.id, changes, deps.clock.now())
    if (changed === undefined) throw refuse('client_not_found')
    return changed
  })
}
