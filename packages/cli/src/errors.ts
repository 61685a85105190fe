import type { AccessGrantError } from '@valetkey/access-grant'
import type { ValetkeyError } from '@valetkey/client'
import { shellWord } from './curl.ts'
import { errorCodeOf } from './error-code.ts'

/** The command was called in a way that makes no sense. Exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** A deliberate no. Exit code 1. */
export class Refused extends Error {
  override readonly name = 'Refused'
  readonly error: string
  /** What to do next, a line each, for people. */
  readonly next: readonly string[]
  constructor(error: string, message: string, next: readonly string[] = []) {
    super(message)
    this.error = error
    this.next = next
  }
}

/** The answer is given, and it is no: nothing more to say. Exit code 1. */
export class AnsweredNo extends Error {
  override readonly name = 'AnsweredNo'
}

/** Nothing answered at this address. */
export class Unreachable extends Refused {
  readonly url: string
  constructor(url: string, cause: unknown) {
    super('unreachable', `cannot reach ${url}: ${reasonOf(cause)}`)
    this.url = url
  }
}

/** The server, or the date, says that the session is over. */
export class SessionEnded extends Refused {
  constructor(url: string, error: string) {
    super(error, `Your session at ${url} has ended: valetkey login --url ${shellWord(url)}`)
  }
}

/** An error as it leaves the program. */
export interface Told {
  readonly error: string
  readonly error_description: string
  readonly trace_id?: string
  readonly next?: readonly string[]
  readonly exitCode: 1 | 2
}

/** What to say of anything thrown; undefined for a bug. */
export function toldOf(thrown: unknown): Told | undefined {
  if (!(thrown instanceof Error)) return undefined
  const told = (error: string, exitCode: 1 | 2): Told => ({
    error,
    error_description: thrown.message,
    exitCode,
  })
  if (thrown instanceof UsageError) return told('usage', 2)
  if (thrown instanceof Refused) return { ...told(thrown.error, 1), next: thrown.next }
  if (isNamed<ValetkeyError>(thrown, 'ValetkeyError')) {
    const { error, error_description, trace_id } = thrown
    return { error, error_description, trace_id, exitCode: 1 }
  }
  if (isNamed<AccessGrantError>(thrown, 'AccessGrantError')) return told(thrown.code, 1)
  if (isNamed(thrown, 'SettingError')) return told('setting', 2)
  return isNamed(thrown, 'StoreUnavailable') || isNamed(thrown, 'SealBroken')
    ? told('unavailable', 1)
    : undefined
}

/** By name, as classes of other packages are not worth loading those packages at every start. */
function isNamed<E extends Error>(thrown: Error, name: E['name']): thrown is E {
  return thrown.name === name
}

const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ENOTFOUND: 'no host has this name',
  EAI_AGAIN: 'the name could not be looked up',
  ECONNRESET: 'the connection was cut',
  UND_ERR_SOCKET: 'the connection was cut',
  ETIMEDOUT: 'it did not answer in time',
  UND_ERR_CONNECT_TIMEOUT: 'it did not answer in time',
  CERT_HAS_EXPIRED: 'its certificate has expired',
}

/** The innermost cause of a failed fetch, in words. */
function reasonOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown)
  if (thrown.name === 'TimeoutError') return 'it did not answer in time'
  const code = errorCodeOf(thrown) ?? ''
  const known = reasons[code]
  if (known !== undefined) return known
  const inner = thrown instanceof AggregateError ? thrown.errors[0] : thrown.cause
  return inner === undefined ? thrown.message || code : reasonOf(inner)
}
