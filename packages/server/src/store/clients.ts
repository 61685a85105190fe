import type { Client, ClientSecret, ClientState } from '../domain/client.ts'
import type { RevokedBy } from '../domain/grant.ts'
import type { Redeemable } from './codes.ts'

/** What a client's developer may change. */
export type ClientChange = Pick<
  Client,
  | 'name'
  | 'description'
  | 'redirect_uris'
  | 'scopes'
  | 'storx_profile'
  | 'grant_types'
  | 'application_type'
  | 'jwks'
  | 'jwks_uri'
  | 'require_pushed_authorization_requests'
>

export interface Clients {
  /**
   * The client and, where it has one, its first secret, in one transaction. False, and nothing added, when its developer
   * is suspended, or gone.
   */
  add(client: Client, secret: ClientSecret | undefined): Promise<boolean>
  /** What it takes to know a client by its proof, in one statement that is the same for every input; not the deleted ones. */
  toAuthenticate(client_id: string, now: number): Promise<Pick<Redeemable, 'client' | 'secrets'>>
  /** By row id; not the deleted ones. */
  find(id: string): Promise<Client | undefined>
  /** By `client_id`; not the deleted ones. */
  findByClientId(client_id: string): Promise<Client | undefined>
  /** Oldest first; not the deleted ones. */
  list(developer_id: string): Promise<readonly Client[]>
  /** Oldest first, with the deleted ones. */
  everOf(developer_id: string): Promise<readonly Client[]>
  /** Those of these `client_id`s that a client has or, deleted since, had. */
  known(client_ids: readonly string[]): Promise<ReadonlySet<string>>
  /**
   * Applies `change` to the client as it is in the database at that moment, in one transaction (concurrent changes
   * queue up, none is lost). Undefined when there is no such client.
   */
  update(
    id: string,
    change: (client: Client) => Partial<ClientChange>,
    now: number,
  ): Promise<Client | undefined>
  /**
   * Sets the state that its developer decides. `inactive` and `deleted` end every access of the client: no proof of it
   * counts any more and unspent codes are revoked first, in one transaction (the row that redeeming locks), then grants
   * and API keys in bites, so that no redemption slips between. Until that is done it is `inactive`; what breaks off is
   * finished by repeating it, by the next `sweep`, or before it is `active` again. A suspended client stays suspended, and
   * is `inactive` after that. False, and nothing changed, when there is no such client, or a suspended one is to be
   * `active`.
   */
  setState(
    id: string,
    state: Exclude<ClientState, 'suspended'>,
    now: number,
    by?: RevokedBy,
  ): Promise<boolean>
  /** Newest first, retired ones included. */
  secrets(id: string): Promise<readonly ClientSecret[]>
  /** The secret made last, whoever's: enough to see whether the master key is the right one. */
  newestSecret(): Promise<ClientSecret | undefined>
  /**
   * Adds the new secret and lets every current one retire at `retires_at`, in one transaction; never prolongs one. Of
   * those that verify nothing any more the newest `keptRetiredSecrets` stay, to explain a signature made with them.
   * False, and nothing changed, when more than `maxUsableSecrets` would work at once.
   */
  rotate(secret: ClientSecret, retires_at: number, retired_by: string): Promise<boolean>
  /**
   * Lets a secret of this client that a newer one has replaced retire at `now`, in turn with rotations; one that retired
   * before stays as it is. `newest`, and nothing changed, for the one in its place; `unknown` when the client has no
   * such secret.
   */
  retireSecret(
    id: string,
    secret_id: string,
    retired_by: string,
    now: number,
  ): Promise<'retired' | 'newest' | 'unknown'>
  noteSecretsUsed(uses: readonly { secret_id: string; at: number }[]): Promise<void>
}
