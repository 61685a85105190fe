import type { Account, AccountKind } from '../../domain/account.ts'
import type { AuthorizationCode } from '../../domain/authorization-code.ts'
import type { AuthorizationRequest } from '../../domain/authorization-request.ts'
import type { Client, ClientSecret, ClientState } from '../../domain/client.ts'
import type { MailToken } from '../../domain/mail-token.ts'
import type { PushedRequest } from '../../domain/pushed-request.ts'
import type { RefreshToken } from '../../domain/refresh-token.ts'
import type { Session } from '../../domain/session.ts'
import type { Redemption } from '../codes.ts'
import type { Store } from '../store.ts'
import type { TraceCount } from '../traces.ts'
import type { ClaimForm } from '../webhooks.ts'
import { approval, denial, now } from './scene.ts'

/** What the races do to a store, each with one argument that can be sent to another process. */
const actions = {
  redeem: (store: Store, redemption: Redemption) => store.codes.redeem(redemption),
  burn: (store: Store, code_id: string) => store.codes.burn(code_id, now),
  approve: (store: Store, code: AuthorizationCode) =>
    store.requests.decide(code.request_id, code.user_id, approval, code, now),
  deny: (store: Store, code: AuthorizationCode) =>
    store.requests.decide(code.request_id, code.user_id, denial, undefined, now),
  revokeApp: (store: Store, { user_id, client_id }: { user_id: string; client_id: string }) =>
    store.grants.revokeClientOfUser(user_id, client_id, now),
  revokeGrant: (store: Store, grant_id: string) => store.grants.revoke(grant_id, 'replay', now),
  setState: (store: Store, { id, state }: { id: string; state: Exclude<ClientState, 'suspended'> }) =>
    store.clients.setState(id, state, now),
  suspendClient: (store: Store, { id, end_access }: { id: string; end_access: boolean }) =>
    store.administration.suspendClient(id, { end_access }, now),
  resumeClient: (store: Store, id: string) => store.administration.resumeClient(id, now),
  suspendAccount: (
    store: Store,
    { kind, id, end_access }: { kind: AccountKind; id: string; end_access: boolean },
  ) => store.administration.suspendAccount(kind, id, { end_access }, now),
  resumeAccount: (store: Store, { kind, id }: { kind: AccountKind; id: string }) =>
    store.administration.resumeAccount(kind, id, now),
  closeAccount: (store: Store, { kind, id }: { kind: AccountKind; id: string }) =>
    store.administration.closeAccount(kind, id, 'operator', now),
  addClient: (store: Store, client: Client) => store.clients.add(client, undefined),
  addRedirectUri: (store: Store, { id, uri }: { id: string; uri: string }) =>
    store.clients.update(id, ({ redirect_uris }) => ({ redirect_uris: [...redirect_uris, uri] }), now),
  addUser: (store: Store, account: Account) => store.users.add(account),
  addSession: (store: Store, { session, password_hash }: { session: Session; password_hash: string }) =>
    store.sessions.add(session, password_hash),
  setPassword: (store: Store, { id, password_hash }: { id: string; password_hash: string }) =>
    store.developers.setPassword(id, password_hash),
  rotate: (store: Store, secret: ClientSecret) => store.clients.rotate(secret, now + 600, 'who rotated'),
  retireSecret: (store: Store, { client_row_id, id }: ClientSecret) =>
    store.clients.retireSecret(client_row_id, id, 'who retired', now + 1),
  takeMailToken: (store: Store, { token_hash, purpose, kind }: MailToken) =>
    store.mailTokens.take(token_hash, purpose, kind, now),
  refresh: (store: Store, { token_hash, successor }: { token_hash: string; successor: RefreshToken }) =>
    store.refreshTokens.rotate(token_hash, successor, now),
  takePushed: (store: Store, { request_uri_hash, client_id }: PushedRequest) =>
    store.pushedRequests.take(request_uri_hash, client_id, now),
  claim: (store: Store, { hash, request }: { hash: string; request: AuthorizationRequest }) =>
    store.devices.claim(hash, request, request.created_at),
  poll: (store: Store, { hash, client_id }: { hash: string; client_id: string }) =>
    store.devices.poll(hash, client_id, now),
  mark: (store: Store, jti: string) => store.replays.mark('client', jti, now + 60),
  hit: (store: Store, key: string) => store.limits.hit(key, 60, now),
  count: (store: Store, counts: readonly TraceCount[]) => store.traces.count(counts),
  trim: (store: Store, { filed_under, keep }: { filed_under: string; keep: number }) =>
    store.traces.trim(filed_under, false, keep),
  claimDeliveries: (store: Store, form: ClaimForm) => store.webhooks.claim(form),
  takeTurn: (store: Store, reader: string) =>
    store.webhooks.takeTurn(reader, { now, nextAt: now + 2, begin: now }),
  sweep: (store: Store, at: number) => store.sweep(at),
}

type Actions = typeof actions

/** One action and its argument. */
export type Call = { [Name in keyof Actions]: readonly [Name, Parameters<Actions[Name]>[1]] }[keyof Actions]

export function perform(store: Store, [name, argument]: Call): Promise<unknown> {
  const action = actions[name] as (store: Store, argument: Call[1]) => Promise<unknown>
  return action(store, argument)
}
