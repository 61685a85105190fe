import { setImmediate } from 'node:timers/promises'
import {
  type ImportAnswer,
  type ImportedClientForm,
  type ImportForm,
  type ImportProblems,
  importedClientForm,
} from '@valetkey/protocol'
import { mailInvitation, unknownPassword } from '../accounts/invite.ts'
import { behindTheAnswer } from '../accounts/mails.ts'
import type { Caller, Deps } from '../deps.ts'
import { changesOf } from '../developer/client-fields.ts'
import type { Account } from '../domain/account.ts'
import { cleanName } from '../domain/clean-name.ts'
import type { Client, ClientSecret } from '../domain/client.ts'
import { looksLikeClientSecret } from '../domain/client-secret.ts'
import { parseEmail } from '../domain/email.ts'
import { fieldsInWords } from '../http/answers.ts'
import { isUuid, newId, tokenHash } from '../ids.ts'
import { Refusal, refuse } from '../refusals.ts'
import type { KnownClient } from '../store/administration.ts'
import { operated } from './operated.ts'

/** Rows that are looked at before others have their turn. */
const atOnce = 200

/** Done, or why not: then nothing was. */
export type ImportOutcome =
  | { readonly done: ImportAnswer }
  | { readonly problems: ImportProblems; readonly refusal: Refusal }

/**
 * Brings in clients that another server issued, under the `client_id` and with the secret that their apps have: all of them,
 * or none and what is wrong with each. Repeated, it leaves what is there as it is. A developer who has no account gets one,
 * which opens once its owner has chosen a password.
 *
 * @refuses import_unfit import_overtaken overloaded
 */
export async function importClients(deps: Deps, caller: Caller, form: ImportForm): Promise<ImportOutcome> {
  const { dry_run = false, invite = false, ignore_scopes = false, trust_existing = false } = form
  const rows = await readRows(form.clients, ignore_scopes)
  const wanted = rows.flatMap(({ fit }) => (fit === undefined ? [] : [fit]))
  const known = await deps.store.administration.importedAlready(wanted.map(({ client_id }) => client_id))
  const addresses = [...new Set(wanted.map(({ developer_email }) => developer_email))]
  const owners = await knownOwners(deps, addresses)
  const problems = rows.flatMap(({ row, client_id, fit, problem }) => {
    const found = problem ?? (fit && problemWith(deps, fit, known.get(fit.client_id), owners, trust_existing))
    return found === undefined ? [] : [{ row, client_id, problem: found }]
  })
  if (problems.length > 0) return { problems, refusal: refuse('import_unfit') }

  const fresh = wanted.filter(({ client_id }) => !known.has(client_id))
  const developers = await newDevelopers(deps, fresh, owners)
  const done = {
    dry_run,
    imported: fresh.length,
    unchanged: wanted.length - fresh.length,
    new_developers: developers.length,
  }
  if (dry_run || fresh.length === 0) return { done }
  const all = new Map([...owners.values(), ...developers].map((account) => [account.email, account]))
  await operated(deps, caller, 'clients.imported', { id: null }, async () => {
    const clients = fresh.map((one) => clientWithSecret(deps, one, all.get(one.developer_email)))
    if (!(await deps.store.administration.import({ developers, clients }))) throw refuse('import_overtaken')
  })
  if (invite) {
    behindTheAnswer(deps, caller, async () => {
      for (const account of developers) await mailInvitation(deps, 'developer', account)
    })
  }
  return { done }
}

type Owners = Awaited<ReturnType<Deps['store']['administration']['developersByEmail']>>

/** Who registered an address and has not proven it is nobody: the import makes an account in its place. */
async function knownOwners({ store }: Pick<Deps, 'store'>, addresses: readonly string[]): Promise<Owners> {
  const found = await store.administration.developersByEmail(addresses)
  return new Map([...found].filter(([, { state }]) => state !== 'unverified'))
}

/** A row that is in order by itself. */
interface Fit extends Pick<Client, 'client_id' | 'name' | 'description' | 'redirect_uris' | 'scopes'> {
  readonly client_secret: string
  readonly developer_email: string
  readonly developer_name: string
  readonly active: boolean
}

interface ReadRow {
  /** From 1. */
  readonly row: number
  /** As it was sent, as far as it may be said again. */
  readonly client_id: string
  readonly fit?: Fit
  readonly problem?: string
}

async function readRows(given: readonly unknown[], ignore_scopes: boolean): Promise<readonly ReadRow[]> {
  const rows: ReadRow[] = []
  const seen = new Map<string, number>()
  for (const [at, one] of given.entries()) {
    if (at % atOnce === atOnce - 1) await setImmediate()
    const row = at + 1
    const read = readRow(one, ignore_scopes)
    const before = read.fit && seen.get(read.fit.client_id)
    if (read.fit !== undefined) seen.set(read.fit.client_id, before ?? row)
    rows.push(
      before === undefined
        ? { row, ...read }
        : { row, client_id: read.client_id, problem: `client_id: row ${before} has it already` },
    )
  }
  return rows
}

function readRow(given: unknown, ignore_scopes: boolean): Omit<ReadRow, 'row'> {
  const parsed = importedClientForm.safeParse(given)
  if (!parsed.success) {
    const issues = parsed.error.issues.map(({ path, message }) => ({
      instancePath: `/${path.join('/')}`,
      message,
    }))
    return { client_id: nameable(given), problem: fieldsInWords(issues) }
  }
  const client_id = nameable(given)
  try {
    return { client_id, fit: fitRow(parsed.data, ignore_scopes) }
  } catch (thrown) {
    if (thrown instanceof Refusal) return { client_id, problem: thrown.description }
    throw thrown
  }
}

/** Only what is a `client_id`: in its place may stand a secret. */
function nameable(given: unknown): string {
  const id = typeof given === 'object' && given !== null && 'client_id' in given ? given.client_id : ''
  return typeof id === 'string' && isUuid(id) ? id : ''
}

const unfit = (description: string): Refusal => refuse('import_unfit', { description })

/** What is not in order is said without repeating it. @refuses import_unfit */
function fitRow(form: ImportedClientForm, ignore_scopes: boolean): Fit {
  const { client_id, client_secret } = form
  if (!isUuid(client_id)) throw unfit('client_id: must be a UUID in lower case, as it was issued')
  if (!isImportable(client_secret))
    throw unfit(
      'client_secret: must be 64 hex digits, a bcrypt text of 60 characters ($2a$10$...), or a secret of a Valetkey server',
    )
  const developer_email = parseEmail(form.developer_email)
  if (developer_email === undefined) throw unfit('developer_email: must be an e-mail address')
  const developer_name = cleanName(
    form.developer_name || developer_email.slice(0, developer_email.lastIndexOf('@')),
  )
  if (developer_name === undefined) throw unfit('developer_name: must have 1 to 64 visible characters')
  const { name, description, redirect_uris, scopes } = {
    ...blank,
    ...changesOf(blank, {
      name: form.name,
      description: form.description,
      redirect_uris: listOf(form.redirect_uris),
      scopes: ignore_scopes ? [] : listOf(form.scopes ?? []),
    }),
  }
  const active = form.status == null || form.status === 1
  const fields = { name, description, redirect_uris, scopes }
  return { client_id, client_secret, developer_email, developer_name, active, ...fields }
}

/** A list, or one text that has commas between its entries, as the StorX database keeps it. */
const listOf = (given: string | readonly string[]): string[] =>
  (typeof given === 'string' ? given.split(',').map((one) => one.trim()) : [...given]).filter(
    (one) => one !== '',
  )

/**
 * The forms in which secrets that work were handed out. Whatever the form, the bytes of the text are the key: nothing is
 * decoded.
 *
 * @source https://www.usenix.org/legacy/events/usenix99/provos/provos.pdf (the text of bcrypt)
 */
const isImportable = (secret: string): boolean =>
  /^[0-9a-f]{64}$/i.test(secret) ||
  /^\$2[abxy]?\$\d\d\$[./A-Za-z0-9]{53}$/.test(secret) ||
  looksLikeClientSecret(secret)

/** What holds of every client of the contract. */
const blank: Client = {
  id: '',
  developer_id: '',
  client_id: '',
  name: '',
  description: '',
  redirect_uris: [],
  scopes: [],
  state: 'active',
  storx_profile: true,
  token_endpoint_auth_method: 'client_secret_jwt',
  grant_types: ['authorization_code'],
  application_type: 'web',
  jwks: null,
  jwks_uri: null,
  require_pushed_authorization_requests: false,
  registration_token_hash: null,
  created_at: 0,
  updated_at: 0,
}

/** What does not go together with what is there. Undefined for a row that is new, or there already. */
function problemWith(
  { sealer }: Pick<Deps, 'sealer'>,
  { client_id, client_secret, developer_email }: Fit,
  known: KnownClient | undefined,
  owners: Owners,
  trust_existing: boolean,
): string | undefined {
  const owner = owners.get(developer_email)
  if (owner?.state === 'suspended' || owner?.state === 'closing')
    return 'developer_email: this developer is suspended, or being deleted'
  if (known === undefined) {
    // Whoever registered it first may be anybody: the clients, and their secrets, would be theirs.
    const stranger = owner?.state === 'active' && !owner.proven && !trust_existing
    return stranger
      ? 'developer_email: an account has this address, and nobody knows whether it is its owner who registered it; when you do, trust_existing (--trust-existing) gives it the client'
      : undefined
  }
  if (known.state === 'deleted')
    return `client_id: ${client_id} was deleted here, and is never given out again`
  if (known.developer_email !== developer_email) return 'client_id: another developer has it here'
  const same = known.secrets.some(
    ({ id, sealed_secret }) =>
      tokenHash(sealer.open('client-secret', id, sealed_secret).toString()) === tokenHash(client_secret),
  )
  return same ? undefined : 'client_secret: the client is here already, with another secret'
}

/** One hash for all: of a password that nobody knows. */
async function newDevelopers(
  deps: Pick<Deps, 'passwords' | 'clock' | 'random'>,
  fresh: readonly Fit[],
  owners: ReadonlyMap<string, Account>,
): Promise<readonly Account[]> {
  const names = new Map<string, string>()
  for (const { developer_email, developer_name } of fresh)
    if (!owners.has(developer_email) && !names.has(developer_email))
      names.set(developer_email, developer_name)
  if (names.size === 0) return []
  const password_hash = await unknownPassword(deps)
  return [...names].map(([email, full_name]) => ({
    id: newId(deps),
    email,
    full_name,
    company_name: '',
    password_hash,
    state: 'invited',
    created_at: deps.clock.now(),
  }))
}

function clientWithSecret(
  deps: Pick<Deps, 'clock' | 'random' | 'sealer'>,
  { client_secret, active, developer_email, developer_name, ...fields }: Fit,
  owner: Account | undefined,
): { client: Client; secret: ClientSecret } {
  if (owner === undefined) throw new TypeError(`no account was made for ${developer_name}`)
  const now = deps.clock.now()
  const [client_row_id, id] = [newId(deps), newId(deps)]
  return {
    client: {
      ...blank,
      ...fields,
      id: client_row_id,
      developer_id: owner.id,
      state: active ? 'active' : 'inactive',
      created_at: now,
      updated_at: now,
    },
    secret: {
      id,
      client_row_id,
      sealed_secret: deps.sealer.seal('client-secret', id, Buffer.from(client_secret)),
      created_at: now,
      retires_at: null,
      retired_by: null,
      last_used_at: null,
    },
  }
}
