import type { Caller, Deps } from '../deps.ts'
import type { AccountKind } from '../domain/account.ts'
import { limit } from '../http/limits.ts'
import { tokenHash } from '../ids.ts'
import { networkBlock } from './network-block.ts'

/** How much one network may do; wide enough for an office behind one address. */
const perNetwork = {
  sign_in: { hits: 300, windowSeconds: 300 },
  registration: { hits: 300, windowSeconds: 3600 },
  activation: { hits: 100, windowSeconds: 3600 },
  mail: { hits: 100, windowSeconds: 3600 },
  mailed_token: { hits: 200, windowSeconds: 3600 },
} as const

/** How much one account may do, whoever acts in its name. */
const perAccount = {
  change_password: { hits: 10, windowSeconds: 900 },
  project: { hits: 50, windowSeconds: 3600 },
} as const

/** How many mails of one purpose an address gets. */
const mailsPerAddress = { hits: 5, windowSeconds: 3600 }

/** @refuses rate_limited */
export async function limitNetwork(
  deps: Deps,
  what: keyof typeof perNetwork,
  { network }: Caller,
): Promise<void> {
  await limit(deps, `${what}:network:${networkBlock(network)}`, perNetwork[what])
}

/** @refuses rate_limited */
export async function limitAccount(
  deps: Deps,
  what: keyof typeof perAccount,
  account_id: string,
): Promise<void> {
  await limit(deps, `${what}:account:${account_id}`, perAccount[what])
}

/** Counted whether or not an account has the address, so that the refusal tells nothing. @refuses rate_limited */
export async function limitMailsTo(
  deps: Deps,
  purpose: 'activation' | 'reset',
  kind: AccountKind,
  email: string,
): Promise<void> {
  await limit(deps, `mail:${purpose}:${kind}:${tokenHash(email)}`, mailsPerAddress)
}
