import type { Deps } from '../deps.ts'
import { accessOfCode, narrowedAccess } from '../domain/access.ts'
import type { AuthorizationCode } from '../domain/authorization-code.ts'
import type { Dialect } from '../domain/authorization-request.ts'
import type { Client } from '../domain/client.ts'
import type { Proof } from '../domain/client-proof.ts'
import {
  codeNotExpired,
  codeOfClient,
  notSpent,
  possession,
  projectOfCode,
  redemptionSteps,
  sameRedirectUri,
} from '../domain/redemption.ts'
import { halvesOf } from '../domain/storage-keys.ts'
import type { PartialTokenForm } from '../domain/token-form.ts'
import { tokenHash } from '../ids.ts'
import { authenticateClient } from './authenticate-client.ts'
import type { IssuedAccess } from './build-access-grant.ts'
import { openKeys } from './open-keys.ts'
import { revokeWhatItIssued, spendCode } from './spend-code.ts'
import type { Trace } from './trace.ts'

/** A token request for a code, in whichever dialect it came. */
export interface CodeExchange {
  readonly proof: Proof
  readonly code: string
  readonly redirect_uri: string
  readonly code_verifier: string | undefined
  readonly passphrase: string | undefined
  /** Less than was approved, where the client wants no more. */
  readonly authorization_details?: string | undefined
  readonly dialect: Dialect
}

/**
 * Trades an authorization code, once, for an access grant.
 *
 * Six steps say who asks (`parse_jwt` `read_claims` `fetch_client` `verify_signature` `check_expiry` `match_client_id`),
 * the others what becomes of the code. What is slow or may fail comes before the code is spent; what is answered was
 * durable first.
 *
 * @source RFC 6749 §4.1.3 (exchange), §4.1.2 (replay); RFC 7523 §3 (assertion); RFC 7636 §4.6 (PKCE)
 * @refuses code_unknown code_of_another_client code_replayed code_revoked project_gone code_expired redirect_uri_differs
 * @refuses code_verifier_wrong access_wider overloaded passphrase_with_sealed_keys browser_half_wrong
 */
export async function exchangeCode(deps: Deps, form: CodeExchange, trace: Trace): Promise<IssuedAccess> {
  const now = deps.clock.now()
  const { server_half, browser_half } = halvesOf(form.code)

  // Who asks.
  const found = await authenticateClient(deps, form.proof, trace, {
    look: async (client_id) => {
      const read = await deps.store.codes.read(client_id, tokenHash(server_half), now)
      trace.concerns(read.code)
      return read
    },
    foresee: (read) => redemptionSteps(read, partOf(form), now),
    grant_type: form.dialect === 'standard' ? 'authorization_code' : undefined,
  })

  // What becomes of the code.
  const { client } = found
  if (isReplay(found.code, form, client)) await revokeWhatItIssued(deps, found.code)
  const code = trace.must('find_code', codeOfClient(found.code, client, browser_half, form.dialect))
  trace.must('check_not_spent', notSpent(code, now))
  trace.must('check_code_expiry', codeNotExpired(code, now))
  trace.must('match_redirect_uri', sameRedirectUri(code, form.redirect_uri))
  const proven = possession(code, form.code_verifier)
  // Whoever guesses a verifier gets one guess. The StorX dialect has always let its clients try again.
  if (!proven.ok && code.dialect === 'standard') await deps.store.codes.burn(code.id, now)
  trace.must('prove_possession', proven)
  const project = trace.must('find_project', projectOfCode(found.project))
  const approved = accessOfCode(code)
  // Not even a step of a trace is there for what the StorX dialect does not have.
  const access =
    form.dialect === 'storx'
      ? approved
      : trace.must('narrow_access', narrowedAccess(approved, form, { client, now }))
  const keys = await openKeys(deps, { code, project, browser_half, passphrase: form.passphrase }, trace)
  const renewable = code.offline_access && client.grant_types.includes('refresh_token')
  return spendCode(deps, { code, access, project, keys, renewable, browser_half }, trace)
}

/**
 * A second use by the client it was issued to, at whichever door, ends what the first one gave. Of a public client anybody
 * may have the name, so there it takes the verifier as well.
 */
const isReplay = (
  code: AuthorizationCode | undefined,
  { proof, code: sent, code_verifier }: CodeExchange,
  client: Client,
): code is AuthorizationCode =>
  code !== undefined &&
  codeOfClient(code, client, halvesOf(sent).browser_half, 'standard').ok &&
  code.spent_at !== null &&
  (proof.how === 'jwt' || possession(code, code_verifier).ok)

const partOf = ({
  code,
  redirect_uri,
  code_verifier,
  passphrase,
  dialect,
}: CodeExchange): PartialTokenForm => ({
  dialect,
  code,
  redirect_uri,
  ...(code_verifier === undefined ? {} : { code_verifier }),
  passphrase_sent: passphrase !== undefined,
})
