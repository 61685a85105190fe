import { cipherSuite } from '@valetkey/access-grant'
import type { Deps } from '../deps.ts'
import type { Access } from '../domain/access.ts'
import type { AuthorizationCode } from '../domain/authorization-code.ts'
import type { Project } from '../domain/project.ts'
import { projectOfCode } from '../domain/redemption.ts'
import { isSealed, keysOfAccessGrant, type StorageKeys, unsealKeys } from '../domain/storage-keys.ts'
import { failed, passed, type Verdict } from '../domain/verdict.ts'
import type { Refreshable } from '../store/refresh-tokens.ts'
import { keysFit } from './build-access-grant.ts'
import type { Trace } from './trace.ts'

interface Keyed {
  readonly code: AuthorizationCode
  readonly project: Project
  readonly browser_half: string | undefined
  readonly passphrase: string | undefined
}

/**
 * The storage keys: unsealed where the user's browser sealed them, else derived from the passphrase, before the code is spent.
 *
 * @refuses passphrase_with_sealed_keys browser_half_wrong overloaded
 */
export async function openKeys(
  deps: Pick<Deps, 'rootKeys'>,
  { code, project, browser_half, passphrase }: Keyed,
  trace: Trace,
): Promise<StorageKeys> {
  return isSealed(code)
    ? trace.must('unseal_keys', unsealKeys(code, browser_half, passphrase !== undefined))
    : trace.must('derive_root_key', await deriveKeys(deps, project, passphrase))
}

/** An absent passphrase is the same as a blank one, as apps have always had it. */
async function deriveKeys(
  { rootKeys }: Pick<Deps, 'rootKeys'>,
  { salt }: Project,
  passphrase: string | undefined,
): Promise<Verdict<StorageKeys>> {
  const default_key = await rootKeys(passphrase ?? '', salt)
  const encryption_access = { default_key, default_path_cipher: cipherSuite.aes_gcm, store_entries: [] }
  return passed({ encryption_access }, { passphrase: passphraseKind(passphrase) })
}

const passphraseKind = (passphrase: string | undefined): string =>
  passphrase === undefined ? 'absent' : passphrase === '' ? 'blank' : 'given'

interface KeyedAgain {
  readonly browser_half: string | undefined
  readonly passphrase: string | undefined
  readonly access_grant: string | undefined
  /** What is to be opened. */
  readonly access: Access
}

/**
 * The storage keys once more, for an access that is renewed: unsealed with the browser's half, taken from the access grant
 * that is renewed, or derived from the passphrase. Where they lead is not theirs to say.
 *
 * @refuses storage_keys_missing storage_keys_wrong access_grant_foreign browser_half_wrong passphrase_with_sealed_keys project_gone overloaded
 */
export async function openKeysAgain(
  deps: Pick<Deps, 'rootKeys' | 'store'>,
  { family, grant, api_key }: Refreshable,
  { browser_half, passphrase, access_grant, access }: KeyedAgain,
  trace: Trace,
): Promise<StorageKeys> {
  if (family.sealed_encryption_access !== null)
    return trace.must('unseal_keys', unsealKeys(family, browser_half, passphrase !== undefined))
  if (access_grant !== undefined)
    return trace.must(
      'unseal_keys',
      fitting(keysOfAccessGrant(access_grant, Buffer.from(api_key.head, 'hex')), access),
    )
  if (passphrase === undefined) return trace.must('unseal_keys', failed('storage_keys_missing'))
  const project = trace.must('find_project', projectOfCode(await deps.store.projects.find(grant.project_id)))
  return trace.must('derive_root_key', fitting(await deriveKeys(deps, project, passphrase), access))
}

/** Keys that a client brings may be others: then nothing is spent for them. */
const fitting = (keys: Verdict<StorageKeys>, access: Access): Verdict<StorageKeys> =>
  keys.ok && !keysFit(access, keys.value.encryption_access) ? failed('storage_keys_wrong') : keys
