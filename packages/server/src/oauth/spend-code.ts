import { EncryptionStore } from '@valetkey/access-grant'
import type { Deps } from '../deps.ts'
import { type Access, accessOfCode } from '../domain/access.ts'
import type { AuthorizationCode } from '../domain/authorization-code.ts'
import type { Grant } from '../domain/grant.ts'
import type { Project } from '../domain/project.ts'
import type { StorageKeys } from '../domain/storage-keys.ts'
import { failed, passed, type Verdict } from '../domain/verdict.ts'
import { newId, newToken } from '../ids.ts'
import { buildAccessGrant, type IssuedAccess, placed } from './build-access-grant.ts'
import { firstOfFamily, withBrowserHalf } from './refresh-family.ts'
import type { Trace } from './trace.ts'

interface Spending {
  readonly code: AuthorizationCode
  /** All that the code stands for, or less. */
  readonly access: Access
  readonly project: Project
  readonly keys: StorageKeys
  /** Whether the access may be renewed: then its first part is short, and a refresh token comes with it. */
  readonly renewable: boolean
  readonly browser_half: string | undefined
  /** Whether two at the same moment may be a theft: not of a device code, which nobody but the device ever had. */
  readonly lost_race_ends?: false
}

/**
 * Spends the code and records the grant, its API key and its first refresh token in one transaction, and answers the
 * access grant.
 *
 * @refuses code_replayed
 */
export async function spendCode(deps: Deps, spending: Spending, trace: Trace): Promise<IssuedAccess> {
  const { issued, grant_id } = trace.must('spend_code', await spend(deps, spending))
  trace.granted(grant_id)
  return issued
}

/** The code is spent, and all that comes of it recorded, in one transaction; or somebody else was first. */
async function spend(
  deps: Deps,
  spending: Spending,
): Promise<Verdict<{ issued: IssuedAccess; grant_id: string }>> {
  const { code, project, keys, renewable, browser_half } = spending
  const { encryption_access, ...sealed } = keys
  const store = new EncryptionStore(encryption_access)
  const now = deps.clock.now()
  const grant = newGrant(deps, code, now)
  const name = `OAUTH2_API_KEY_FOR_${code.client_id}_${code.request_id}`
  const { record, api_key } = await deps.network.issueApiKey({ project, grant_id: grant.id, name })
  const not_after = renewable
    ? Math.min(spending.access.not_after, now + deps.settings.access_ttl)
    : spending.access.not_after
  const access = placed({ ...spending.access, not_after }, store)
  // Before the code is spent: should it fail, the code is still good.
  const access_grant = buildAccessGrant(deps, access, api_key, store)
  const refresh_token = renewable ? newToken(deps) : undefined
  const refresh =
    refresh_token === undefined
      ? undefined
      : firstOfFamily(deps, placed(accessOfCode(code), store), { code, grant, refresh_token })
  if (!(await deps.store.codes.redeem({ code_id: code.id, now, grant, api_key: record, refresh }))) {
    if (spending.lost_race_ends !== false) await revokeWhatItIssued(deps, code)
    return failed('code_retried', { lost_race: true })
  }
  const issued = {
    access,
    access_grant,
    expires_in: not_after - now,
    ...sealed,
    ...(refresh_token === undefined ? {} : { refresh_token: withBrowserHalf(refresh_token, browser_half) }),
  }
  return passed({ issued, grant_id: grant.id }, { grant_id: grant.id })
}

/** A replay proves that the code leaked: the access it opened ends. Read anew, since the first use may be a moment old. */
export async function revokeWhatItIssued({ store, clock }: Deps, code: AuthorizationCode): Promise<void> {
  const { code: spent } = await store.codes.read(code.client_id, code.code_hash, clock.now())
  if (spent?.grant_id != null) await store.grants.revoke(spent.grant_id, 'replay', clock.now())
}

function newGrant(deps: Pick<Deps, 'clock' | 'random'>, code: AuthorizationCode, now: number): Grant {
  return {
    id: newId(deps),
    user_id: code.user_id,
    client_id: code.client_id,
    project_id: code.project_id,
    request_id: code.request_id,
    scopes: code.approved_scopes,
    created_at: now,
    not_after: code.not_after,
    state: 'active',
    revoked_at: null,
    revoked_by: null,
  }
}
