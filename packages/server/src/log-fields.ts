import { isUuid } from './ids.ts'
import {
  isAddress,
  isErrorCode,
  isMethod,
  isNetwork,
  isNumber,
  isRoute,
  isTraceId,
  isWord,
} from './observe/shapes.ts'
import { Refusal } from './refusals.ts'
import { SettingError } from './settings.ts'
import { StoreUnavailable } from './store/store.ts'

/** One field: it writes what has its shape, and undefined for what has not. */
type Field<Value> = (value: Value) => unknown

const only =
  <Value>(fits: (value: unknown) => boolean): Field<Value> =>
  (value) =>
    fits(value) ? value : undefined

/**
 * Every field that a log line may have, with the one shape its value may have. There is no field for a secret, a query,
 * a body, a header or a person's words, so there is no line with one.
 */
const fields = {
  trace_id: only<string>(isTraceId),
  method: only<string>(isMethod),
  route: only<string>(isRoute),
  status: only<number>(isNumber),
  ms: only<number>(isNumber),
  network: only<string>(isNetwork),
  cut_off: only<boolean>((value) => typeof value === 'boolean'),
  reason: only<string>(isWord),
  kind: only<string>(isWord),
  rows: only<number>(isNumber),
  workers: only<number>(isNumber),
  pid: only<number>(isNumber),
  /** What a process ended with. */
  exit_code: only<number | null>((value) => value === null || isNumber(value)),
  signal: only<string | null>((value) => value === null || isWord(value)),
  webhook_id: only<string>((value) => typeof value === 'string' && isUuid(value)),
  store: only<'sqlite' | 'postgres'>(isWord),
  url: only<string>(isAddress),
  /** The short name of a master key, not the key. */
  master_key: only<string>((value) => typeof value === 'string' && /^[0-9a-f]{8}$/.test(value)),
  /** A mail in the outbox, named by the time and a random number. */
  file: only<string>(
    (value) =>
      typeof value === 'string' &&
      /^[^\n\r\0]{1,400}[\\/]outbox[\\/][\dTZ.-]{10,30}-[0-9a-f]{8}\.eml$/.test(value),
  ),
  build_with: only<'npm run build'>((value) => value === 'npm run build'),
  cause: errorFacts,
} as const

export type LogFields = {
  readonly [Name in keyof typeof fields]?: Parameters<(typeof fields)[Name]>[0] | undefined
}

/** The fields as they may be written. A value of another shape is replaced, a field of another name left out. */
export function fittingFields(given: LogFields): Record<string, unknown> {
  const fitting: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined || !Object.hasOwn(fields, name)) continue
    const write = fields[name as keyof typeof fields] as Field<unknown>
    const written = write(value)
    fitting[name] = written === undefined ? '[not of its shape]' : written
  }
  return fitting
}

export interface ErrorFacts {
  readonly name: string
  readonly code?: string
  /** Only of errors whose messages we wrote ourselves, without anything that was sent to us. */
  readonly message?: string
  /** The frames of the stack, innermost first. */
  readonly at?: readonly string[]
  readonly cause?: ErrorFacts
}

const mostFrames = 12
const mostCauses = 4

/**
 * What went wrong, and where in our code; not in which words. Messages of drivers and parsers repeat the values they
 * failed with, and nobody can tell a value from a word afterwards.
 */
export function errorFacts(thrown: unknown, depth = 0): ErrorFacts {
  if (!(thrown instanceof Error)) return { name: typeof thrown }
  const code = 'code' in thrown && isErrorCode(thrown.code) ? thrown.code : undefined
  const at = framesOf(thrown)
  const own = [StoreUnavailable, SettingError, Refusal].some((ours) => thrown instanceof ours)
  return {
    name: isWord(thrown.name) ? thrown.name : 'Error',
    ...(code === undefined ? {} : { code }),
    ...(own ? { message: thrown.message } : {}),
    ...(at.length === 0 ? {} : { at }),
    ...(thrown.cause === undefined || depth >= mostCauses
      ? {}
      : { cause: errorFacts(thrown.cause, depth + 1) }),
  }
}

/**
 * The frames alone. A message stands before them and may have lines that look like frames, so none are taken where the
 * message that the error has now is not what its stack begins with.
 */
function framesOf({ stack, message }: Error): string[] {
  if (typeof stack !== 'string' || typeof message !== 'string') return []
  const head = message === '' ? stack.search(/\n|$/) : stack.indexOf(message)
  if (head < 0 || !/^[\w$.]{1,60}(?: \[\w{1,60}\])?(?:: )?$/.test(stack.slice(0, head))) return []
  return stack
    .slice(head + message.length)
    .split('\n')
    .slice(1, 1 + mostFrames)
    .map((line) => line.trim())
    .filter((line) => /^at [\w$.<>[\]#/:\\@() +,-]{1,300}:\d{1,7}:\d{1,7}\)?$/.test(line))
}
