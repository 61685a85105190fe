import { setImmediate } from 'node:timers/promises'
import type { Deps } from './deps.ts'
import { type Client, type ClientSecret, isUsable } from './domain/client.ts'
import { type AssertionRules, isStrict, usableClient, verifySignature } from './domain/client-assertion.ts'
import { type CodeMishap, codeMishaps } from './domain/explain/code-mishaps.ts'
import {
  type Inspected,
  inOrder,
  inspectClaims,
  type ReadAssertion,
  readAssertion,
} from './domain/explain/inspect-assertion.ts'
import {
  maxSuspects,
  mistakenFor,
  type Suspect,
  whoSigned,
  withoutSecret,
} from './domain/explain/signature-forensics.ts'
import { isHmac, type Jwt } from './domain/jwt.ts'
import { redemptionSteps } from './domain/redemption.ts'
import { halvesOf } from './domain/storage-keys.ts'
import type { PartialTokenForm } from './domain/token-form.ts'
import type { Step, TraceStep } from './domain/token-request.ts'
import { failed, passed, type Verdict } from './domain/verdict.ts'
import { tokenHash } from './ids.ts'
import type { Redeemable } from './store/codes.ts'
import { assertionRules, verificationKeys } from './verification-keys.ts'

type InspectDeps = Pick<Deps, 'store' | 'sealer' | 'settings'>

/**
 * Goes through a token request once more, for its explanation alone: every step and everything that is wrong in each,
 * near misses included. It has no side effect: no code is spent, no `jti` marked, nothing kept.
 *
 * For the eyes of the client's owner, never on the way of an answer. `mayLookAt` keeps clients out whose record the
 * explanation is not for.
 */
export async function inspectTokenRequest(
  deps: InspectDeps,
  form: PartialTokenForm,
  now: number,
  mayLookAt: (client: Client) => boolean = () => true,
): Promise<readonly TraceStep[]> {
  const strict_only = form.carrier === 'client_assertion'
  const rules = {
    ...assertionRules(deps, now),
    strict_only,
    ...(form.carrier === undefined ? {} : { carrier: form.carrier }),
  }
  const first = readForm(form, rules)
  const client_id = first?.claims.client_id ?? form.client_id
  const found = await redeemable(deps, form, client_id, now, mayLookAt)
  const secrets = found.client === undefined ? [] : await deps.store.clients.secrets(found.client.id)
  // What is no JWT at all may be a secret that only its owner recognises.
  const read = first?.jwt === undefined ? readForm(form, rules, textsOf(deps, secrets)) : first
  return inOrder([
    ...(read === undefined ? [] : read.steps),
    ...(client_id === undefined || form.client_secret === undefined
      ? []
      : [['fetch_client', fetched(found.client, client_id, read)] as const]),
    ...(await signatureSteps(deps, read, found.client, secrets, now)),
    ...(read === undefined ? [] : inspectClaims(read, rules, form.client_id)),
    ...(await jtiSteps(deps, read, found.client)),
    ...(await codeSteps(deps, form, found, now)),
  ])
}

const readForm = (
  { client_secret }: PartialTokenForm,
  rules: AssertionRules,
  secrets?: readonly string[],
): ReadAssertion | undefined =>
  client_secret === undefined ? undefined : readAssertion(client_secret, rules, secrets)

async function redeemable(
  { store }: InspectDeps,
  { code = '' }: PartialTokenForm,
  client_id: string | undefined,
  now: number,
  mayLookAt: (client: Client) => boolean,
): Promise<Redeemable> {
  const nothing = { client: undefined, secrets: [], code: undefined, project: undefined }
  if (client_id === undefined) return nothing
  const found = await store.codes.read(client_id, tokenHash(halvesOf(code).server_half), now)
  return found.client !== undefined && mayLookAt(found.client) ? found : nothing
}

const textsOf = ({ sealer }: InspectDeps, secrets: readonly ClientSecret[]): readonly string[] =>
  secrets.map((secret) => sealer.open('client-secret', secret.id, secret.sealed_secret).toString())

function fetched(
  client: Client | undefined,
  client_id: string,
  read: ReadAssertion | undefined,
): Verdict<Client> {
  // What cannot be read may be of either profile; the strict one is good for every client.
  const profile = read?.jwt === undefined || isStrict(read.jwt.payload) ? 'strict' : 'storx'
  const method = read?.jwt === undefined || isHmac(read.jwt) ? 'client_secret_jwt' : 'private_key_jwt'
  return usableClient(client, { profile, client_id, exp: 0, iat: undefined, jti: undefined }, method)
}

/** Step 4, and where it fails the suspects: whose key made the signature instead. */
async function signatureSteps(
  deps: InspectDeps,
  read: ReadAssertion | undefined,
  client: Client | undefined,
  secrets: readonly ClientSecret[],
  now: number,
): Promise<readonly Inspected<'verify_signature'>[]> {
  // What a private key signed leaves nothing to guess at.
  if (read?.jwt === undefined || !read.verifiable || !isHmac(read.jwt)) return []
  if (client === undefined) {
    // As much work as for a client that is there: what goes on behind an answer can be felt as well.
    await signerAmong(mistakenFor(deps.sealer.openDecoy().toString()), read.jwt)
    return []
  }
  const verdict = verifySignature(read.jwt, verificationKeys(deps, secrets, now))
  if (verdict.ok) return [['verify_signature', verdict]]
  const signer = await signerAmong(await suspectsOf(deps, client, secrets, now), read.jwt)
  if (signer === undefined) return [['verify_signature', verdict]]
  return [['verify_signature', failed(signer.cause, { ...verdict.evidence, ...signer.evidence })]]
}

/** So many keys are tried, then others have their turn: no answer waits for an explanation. */
const keysAtOnce = 4

async function signerAmong(suspects: readonly Suspect[], jwt: Jwt): Promise<Suspect | undefined> {
  for (let at = 0; at < suspects.length; at += keysAtOnce) {
    await setImmediate()
    const signer = whoSigned(jwt, suspects.slice(at, at + keysAtOnce))
    if (signer !== undefined) return signer
  }
  return undefined
}

/** Of those that may be many, so many are tried. */
const maxOtherClients = 6

/**
 * At most `maxSuspects`, gathered in small steps as they are tried: retired secrets, other clients of the same
 * developer, and what the current secret is mistaken for.
 */
async function suspectsOf(
  deps: InspectDeps,
  client: Client,
  secrets: readonly ClientSecret[],
  now: number,
): Promise<readonly Suspect[]> {
  const { store, sealer } = deps
  const open = ({ id, sealed_secret }: ClientSecret) => sealer.open('client-secret', id, sealed_secret)
  const usable = secrets.filter((secret) => isUsable(secret, now))
  const retired = secrets.filter((secret) => !isUsable(secret, now))
  await setImmediate()
  const ever = (await store.clients.everOf(client.developer_id)).filter(({ id }) => id !== client.id)
  await setImmediate()
  // Those that were deleted come first, so that they push out none that is there.
  const others = [true, false].flatMap((gone) => ever.filter(({ state }) => (state === 'deleted') === gone))
  const theirs = await Promise.all(
    others.slice(-maxOtherClients).map(async ({ id, client_id }) => {
      const [secret] = await store.clients.secrets(id)
      return secret === undefined ? [] : [{ secret, client_id }]
    }),
  )
  await setImmediate()
  const suspects: Suspect[] = [
    ...retired.map((secret) => ({
      cause: 'secret_retired' as const,
      key: open(secret),
      evidence: { signed_with_secret: secret.id },
    })),
    ...withoutSecret(client.client_id),
    ...theirs.flat().map(({ secret, client_id }) => ({
      cause: 'secret_of_another_client' as const,
      key: open(secret),
      evidence: { signed_with_client: client_id, signed_with_secret: secret.id },
    })),
    ...inTurns(usable.map((secret) => mistakenFor(open(secret).toString()))),
  ]
  return suspects.slice(0, maxSuspects)
}

/** The first of each, then the second of each: the frequent mistakes with every secret come before the rare ones with one. */
function inTurns(lists: readonly (readonly Suspect[])[]): readonly Suspect[] {
  const longest = Math.max(0, ...lists.map(({ length }) => length))
  return Array.from({ length: longest }, (_, at) => lists.flatMap((list) => list[at] ?? [])).flat()
}

/** Looks whether the `jti` was used, and leaves it as it is. */
async function jtiSteps(
  { store }: InspectDeps,
  read: ReadAssertion | undefined,
  client: Client | undefined,
): Promise<readonly Inspected<'check_jti'>[]> {
  const jti = read?.jwt?.payload.jti
  if (typeof jti !== 'string' || client === undefined) return []
  const used = await store.replays.seen(client.client_id, jti)
  return [['check_jti', used ? failed('jti_replayed', { jti: true }) : passed(true, { jti: true })]]
}

/** What becomes of the code, with what it may have been meant for. */
async function codeSteps(
  deps: InspectDeps,
  form: PartialTokenForm,
  found: Redeemable,
  now: number,
): Promise<readonly Inspected<Step>[]> {
  const { client } = found
  if (client === undefined || form.code === undefined) return []
  if (found.code !== undefined)
    return withVerifierOfAnotherRequest(deps, form, client, redemptionSteps(found, form, now))
  const mishap = await findMishap(deps, form.code, client, now)
  if (mishap === undefined) return [['find_code', failed('code_unknown', { length: form.code.length })]]
  const { cause, how, meant, code = '' } = mishap
  return [['find_code', failed(cause, { how })], ...redemptionSteps(meant, { ...form, code }, now).slice(1)]
}

async function findMishap(
  { store }: InspectDeps,
  sent: string,
  client: Client,
  now: number,
): Promise<(CodeMishap & { readonly meant: Redeemable }) | undefined> {
  for (const mishap of codeMishaps(sent)) {
    if (mishap.code === undefined)
      return { ...mishap, meant: { client, secrets: [], code: undefined, project: undefined } }
    const { server_half } = halvesOf(mishap.code)
    const meant = await store.codes.read(client.client_id, tokenHash(server_half), now)
    if (meant.code?.client_id === client.client_id) return { ...mishap, meant }
  }
  return undefined
}

async function withVerifierOfAnotherRequest(
  { store }: InspectDeps,
  { code_verifier }: PartialTokenForm,
  client: Client,
  steps: readonly Inspected<Step>[],
): Promise<readonly Inspected<Step>[]> {
  const [, verdict] = steps.find(([step]) => step === 'prove_possession') ?? []
  if (code_verifier === undefined || verdict?.evidence.cause !== 'verifier_differs') return steps
  const meant = await store.requests.withChallenge(client.client_id, tokenHash(code_verifier))
  if (meant === undefined) return steps
  const found = failed('verifier_of_another_request', { ...verdict.evidence, request_id: meant.id })
  return steps.map((one) => (one[0] === 'prove_possession' ? ['prove_possession', found] : one))
}
