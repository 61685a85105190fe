import type { Account, AccountKind, AccountState } from '../domain/account.ts'
import type { MailToken } from '../domain/mail-token.ts'
import type { Project } from '../domain/project.ts'
import type { Session } from '../domain/session.ts'

/** Developers or users: each kind by itself. */
export interface Accounts {
  /** False when the address is taken by an account that is not deleted. */
  add(account: Account): Promise<boolean>
  /** By normalized address; deleted accounts are not found. */
  findByEmail(email: string): Promise<Account | undefined>
  find(id: string): Promise<Account | undefined>
  rename(id: string, full_name: string): Promise<void>
  /** Another address; what was mailed to the old one opens nothing any more. False, and nothing changed, when it is taken. */
  readdress(id: string, email: string): Promise<boolean>
  /** Changes the password and ends all sessions and outstanding reset tokens of the account, in one transaction. */
  setPassword(id: string, password_hash: string): Promise<void>
  /** Mail to this address reached the owner of the account. Nothing changes when it has another address by now. */
  prove(account: Pick<Account, 'id' | 'email'>, now: number): Promise<void>
  /** Deletes an account whose address was not proven. False, and nothing changed, once it was, or when clients are its. */
  dropUnverified(id: string): Promise<boolean>
  setState(id: string, state: AccountState): Promise<void>
  /** Its address is proven: `unverified` and `invited` become `active`. False, and nothing changed, for any other. */
  open(id: string): Promise<boolean>
}

/** Who is signed in, by the hash of the session's token. */
export interface Sessions {
  /**
   * Adds it if the account is active and still has this password. A change of the password at the same time comes before, and this
   * answers false and adds nothing, or after, and ends the session with the others.
   */
  add(session: Session, password_hash: string): Promise<boolean>
  /** The unexpired session with its active account, in one query. */
  find(
    token_hash: string,
    kind: AccountKind,
    now: number,
  ): Promise<{ session: Session; account: Account } | undefined>
  /** The unexpired sessions of one account, newest first. */
  list(kind: AccountKind, account_id: string, now: number): Promise<readonly Session[]>
  extend(token_hash: string, expires_at: number): Promise<void>
  end(token_hash: string): Promise<void>
  /** Ends the session of this account with this `sessionId`. False when it has none. */
  endOne(kind: AccountKind, account_id: string, id: string): Promise<boolean>
  /** Ends every session of the account; returns how many. */
  endAll(kind: AccountKind, account_id: string): Promise<number>
}

/** What was mailed to prove an address or to choose a password, by its hash. */
export interface MailTokens {
  add(token: MailToken): Promise<void>
  find(
    token_hash: string,
    purpose: MailToken['purpose'],
    kind: AccountKind,
    now: number,
  ): Promise<MailToken | undefined>
  /** Removes and returns it: of many who take one token at once, one gets it. */
  take(
    token_hash: string,
    purpose: MailToken['purpose'],
    kind: AccountKind,
    now: number,
  ): Promise<MailToken | undefined>
}

/** Where the storage of users is. */
export interface Projects {
  /** False when its user is not active any more. */
  add(project: Project): Promise<boolean>
  find(id: string): Promise<Project | undefined>
  /** Oldest first. */
  list(user_id: string): Promise<readonly Project[]>
}
