import {
  type AllowedPath,
  cipherSuite,
  createAccessGrant,
  type EncryptionAccess,
  encryptSharePrefixes,
  type Macaroon,
  permissionToCaveat,
  restrictApiKey,
  serializeAccessGrant,
} from '@valetkey/access-grant'
import { type EncryptedPrefix, parseScopes, type TokenAnswer, type TokenForm } from '@valetkey/protocol'
import type { Deps } from '../deps.ts'
import type { AuthorizationCode } from '../domain/authorization-code.ts'
import {
  type Claims,
  checkExpiry,
  matchClientId,
  readClaims,
  usableClient,
  verifySignature,
} from '../domain/client-assertion.ts'
import type { Grant } from '../domain/grant.ts'
import { parseJwt } from '../domain/jwt.ts'
import { permissionOf } from '../domain/permission.ts'
import type { Project } from '../domain/project.ts'
import {
  codeNotExpired,
  codeOfClient,
  notSpent,
  possession,
  projectOfCode,
  redemptionSteps,
  sameRedirectUri,
} from '../domain/redemption.ts'
import { halvesOf, isSealed, type StorageKeys, unsealKeys } from '../domain/storage-keys.ts'
import { fittingPart } from '../domain/token-form.ts'
import { failed, passed, type Verdict } from '../domain/verdict.ts'
import { newId, tokenHash } from '../ids.ts'
import { assertionRules, verificationKeys } from '../verification-keys.ts'
import type { Trace } from './trace.ts'

/**
 * Trades an authorization code, once, for an access grant.
 *
 * Six steps say who asks, the others what becomes of the code. What is slow or may fail comes before the code is spent;
 * what is answered was durable first.
 *
 * @source RFC 6749 §4.1.3 (exchange), §4.1.2 (replay); RFC 7523 §3 (assertion); RFC 7636 §4.6 (PKCE)
 * @refuses jwt_malformed claims_invalid client_unknown client_inactive profile_disabled signature_wrong
 * @refuses assertion_expired client_id_mismatch assertion_replayed code_unknown code_of_another_client code_replayed
 * @refuses code_revoked project_gone code_expired redirect_uri_differs code_verifier_wrong overloaded
 * @refuses passphrase_with_sealed_keys browser_half_wrong
 */
export async function exchangeCode(deps: Deps, form: TokenForm, trace: Trace): Promise<TokenAnswer> {
  const now = deps.clock.now()
  const rules = assertionRules(deps, now)

  // Who asks: the six steps.
  const jwt = trace.must('parse_jwt', parseJwt(form.client_secret))
  const claims = trace.must('read_claims', readClaims(jwt, rules))
  const expiry = checkExpiry(claims, rules)
  const naming = matchClientId(claims, form.client_id)
  // Said in place of what depends on the client's record, so that the answer is the same for every client.
  const told = [expiry, naming].find((verdict) => !verdict.ok)?.description
  const { server_half, browser_half } = halvesOf(form.code)
  const found = await deps.store.codes.read(claims.client_id, tokenHash(server_half), now)
  trace.concerns(found.code)
  const signature = verifySignature(jwt, verificationKeys(deps, found.secrets, now))
  trace.foresee(() => [
    ...(found.client === undefined ? [] : [['verify_signature', signature] as const]),
    ['check_expiry', expiry],
    ['match_client_id', naming],
    ...redemptionSteps(found, fittingPart(form), now),
  ])
  const client = trace.must('fetch_client', usableClient(found.client, claims), told)
  const secret = trace.must('verify_signature', signature, told)
  deps.recorder.secretUsed(secret.id)
  trace.must('check_expiry', expiry)
  trace.must('match_client_id', naming)
  trace.must('check_jti', await firstUse(deps, claims))
  trace.authenticated()

  // What becomes of the code.
  const code = trace.must('find_code', codeOfClient(found.code, client, browser_half))
  if (code.spent_at !== null) await revokeWhatItIssued(deps, code)
  trace.must('check_not_spent', notSpent(code, now))
  trace.must('check_code_expiry', codeNotExpired(code, now))
  trace.must('match_redirect_uri', sameRedirectUri(code, form.redirect_uri))
  trace.must('prove_possession', possession(code, form.code_verifier))
  const project = trace.must('find_project', projectOfCode(found.project))
  const { encryption_access, ...sealed } = isSealed(code)
    ? trace.must('unseal_keys', unsealKeys(code, browser_half, form.passphrase !== undefined))
    : trace.must('derive_root_key', await deriveKeys(deps, project, form.passphrase))
  const { grant, access_grant } = trace.must(
    'spend_code',
    await spend(deps, code, project, encryption_access, now),
  )
  trace.granted(grant.id)
  return {
    access_grant,
    scopes: [...code.approved_scopes],
    expires_in: code.not_after - now,
    ...sealed,
  }
}

/** A `jti` counts once, and only after the signature proved right: no stranger can use one up. @source RFC 7523 §3 */
async function firstUse(
  { store, settings }: Deps,
  { client_id, jti, exp }: Claims,
): Promise<Verdict<boolean>> {
  if (jti === undefined) return passed(true, { jti: false })
  const first = await store.replays.mark(client_id, jti, exp + settings.clock_skew)
  return first ? passed(true, { jti: true }) : failed('jti_replayed', { jti: true })
}

/** A replay proves that the code leaked: the access it opened ends. Read anew, since the first use may be a moment old. */
async function revokeWhatItIssued({ store, clock }: Deps, code: AuthorizationCode): Promise<void> {
  const { code: spent } = await store.codes.read(code.client_id, code.code_hash, clock.now())
  if (spent?.grant_id != null) await store.grants.revoke(spent.grant_id, 'replay', clock.now())
}

/** An absent passphrase is the same as a blank one, as apps have always had it. */
async function deriveKeys(
  { rootKeys }: Deps,
  { salt }: Project,
  passphrase: string | undefined,
): Promise<Verdict<StorageKeys>> {
  const default_key = await rootKeys(passphrase ?? '', salt)
  const encryption_access = { default_key, default_path_cipher: cipherSuite.aes_gcm, store_entries: [] }
  return passed({ encryption_access }, { passphrase: passphraseKind(passphrase) })
}

/** The code is spent, and the grant and its API key recorded, in one transaction; or somebody else was first. */
async function spend(
  deps: Deps,
  code: AuthorizationCode,
  project: Project,
  encryption_access: EncryptionAccess,
  now: number,
): Promise<Verdict<Spent>> {
  const grant = newGrant(deps, code, now)
  const name = `OAUTH2_API_KEY_FOR_${code.client_id}_${code.request_id}`
  const { record, api_key } = await deps.network.issueApiKey({ project, grant_id: grant.id, name })
  // Before the code is spent: should it fail, the code is still good.
  const access_grant = accessGrant(deps, code, api_key, encryption_access)
  if (await deps.store.codes.redeem({ code_id: code.id, now, grant, api_key: record })) {
    return passed({ grant, access_grant }, { grant_id: grant.id })
  }
  await revokeWhatItIssued(deps, code)
  return failed('code_retried', { lost_race: true })
}

interface Spent {
  readonly grant: Grant
  readonly access_grant: string
}

function newGrant(deps: Deps, code: AuthorizationCode, now: number): Grant {
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

/** Satellite, restricted API key, encryption access: exactly what was consented, as the storage network reads it. */
function accessGrant(
  { network, random }: Deps,
  code: AuthorizationCode,
  api_key: Macaroon,
  encryption_access: EncryptionAccess,
): string {
  const approved = parseScopes(code.approved_scopes)
  if (!approved.ok) throw new Error('a stored code holds scopes that do not parse')
  const { permission, prefixes } = permissionOf(approved.set, code.not_after)
  const paths = code.encrypted_prefixes?.map(allowedPath) ?? encryptSharePrefixes(encryption_access, prefixes)
  const caveat = permissionToCaveat(permission, paths, random(nonceBytes))
  const { satellite_address } = network
  return serializeAccessGrant(
    createAccessGrant({ satellite_address, api_key: restrictApiKey(api_key, caveat), encryption_access }),
  )
}

const allowedPath = ({ bucket, encrypted_path_prefix }: EncryptedPrefix): AllowedPath => ({
  bucket: Buffer.from(bucket),
  encrypted_path_prefix: Buffer.from(encrypted_path_prefix, 'base64url'),
})

/** Without it two equal restrictions would be one key, and revoking one would revoke both. */
const nonceBytes = 4

const passphraseKind = (passphrase: string | undefined): string =>
  passphrase === undefined ? 'absent' : passphrase === '' ? 'blank' : 'given'
