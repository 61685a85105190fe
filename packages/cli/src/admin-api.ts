import { type ApiCall, ask, tell } from './api.ts'
import { Refused, SessionEnded, UsageError } from './errors.ts'
import { defaultUrl } from './options.ts'
import { askSecret, askYes } from './prompts.ts'
import type { Cli } from './terminal.ts'

export interface AdminOptions {
  readonly url?: string
  readonly json?: true
}

/** A call of the operator's API, without who makes it. */
export type AdminCall = Omit<ApiCall, 'url' | 'token'>

export const admin = '/api/v0/admin'

/**
 * A call in the name of the operator. The token comes from the environment, or from the person who sits there: a command line
 * is seen by others. Of two in the variable, as a server may have while one replaces the other, the first counts.
 */
export async function adminCall(
  cli: Cli,
  { url = defaultUrl }: AdminOptions,
  call: AdminCall,
): Promise<ApiCall> {
  const [token = ''] = (cli.env.VALETKEY_ADMIN_TOKEN ?? '').split(',')
  if (token.trim() !== '') return { ...call, url, token: token.trim() }
  if (!cli.interactive) throw new UsageError('the admin token is missing; set VALETKEY_ADMIN_TOKEN')
  return { ...call, url, token: await askSecret(cli, 'Admin token') }
}

/** Asks as the operator and reads the answer. */
export async function askAsOperator<T>(
  cli: Cli,
  options: AdminOptions,
  call: AdminCall,
  schema: Parameters<typeof ask<T>>[1],
): Promise<T> {
  const whole = await adminCall(cli, options, call)
  return ask(whole, schema).catch(asTokenRefused)
}

/** The same for what answers nothing. */
export async function tellAsOperator(cli: Cli, options: AdminOptions, call: AdminCall): Promise<void> {
  await tell(await adminCall(cli, options, call)).catch(asTokenRefused)
}

/** The operator has no session that could have ended. */
function asTokenRefused(thrown: unknown): never {
  throw thrown instanceof SessionEnded ? tokenRefused() : thrown
}

export const tokenRefused = (): Refused =>
  new Refused('unauthorized', 'The server does not take this admin token: compare VALETKEY_ADMIN_TOKEN.')

/** Before what is never undone. @throws UsageError, Refused */
export async function confirm(cli: Cli, yes: true | undefined, question: string): Promise<void> {
  if (yes) return
  if (!cli.interactive) throw new UsageError('nobody is here to be asked; say --yes')
  if (!(await askYes(cli, question))) throw new Refused('cancelled', 'cancelled')
}
