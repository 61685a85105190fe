import { rfc3339 } from '@valetkey/protocol'
import type { Deps } from '../deps.ts'
import type { Grant } from '../domain/grant.ts'
import type { Delivery } from '../domain/webhook.ts'

/**
 * What an endpoint is sent: the same text at every attempt. Ids, scopes and times; no secret, code, access grant or
 * address of a person is among what it is made of. Undefined when what it tells of is gone.
 */
export async function bodyOf(
  { store }: Pick<Deps, 'store'>,
  { event_id, type, created_at, data, subject }: Delivery,
): Promise<string | undefined> {
  const told = data === null ? await grantTold(store, type, subject) : JSON.parse(data)
  if (told === undefined) return undefined
  return JSON.stringify({ id: event_id, type, created_at: rfc3339(created_at), data: told })
}

async function grantTold(store: Deps['store'], type: Delivery['type'], subject: string | null) {
  const grant = subject === null ? undefined : await store.grants.find(subject)
  return grant && { ...approved(grant), ...(type === 'grant.revoked' ? revoked(grant) : {}) }
}

const approved = ({
  id,
  client_id,
  user_id,
  project_id,
  request_id,
  scopes,
  created_at,
  not_after,
}: Grant) => ({
  client_id,
  grant_id: id,
  request_id,
  user_id,
  project_id,
  scopes,
  granted_at: rfc3339(created_at),
  not_after: rfc3339(not_after),
})

const revoked = ({ revoked_at, revoked_by }: Grant) => ({
  revoked_by,
  revoked_at: revoked_at === null ? null : rfc3339(revoked_at),
})
