import { isIP } from 'node:net'

/**
 * What may stand in a log line, in a metric's label or on a span: facts out of closed lists and of fixed shapes. A
 * secret, an address or a person's words have none of these shapes, whoever passes them by mistake.
 */

/** Reasons, kinds, states and names of methods, as our own code writes them. */
export const isWord = (value: unknown): value is string =>
  typeof value === 'string' && /^[A-Za-z][A-Za-z_]{0,31}(?:\.[A-Za-z_]{1,31})?$/.test(value)

/** An HTTP method. @source RFC 9110 §9.1 */
export const isMethod = (value: unknown): value is string =>
  typeof value === 'string' && /^[A-Z][A-Z-]{1,15}$/.test(value)

/** The pattern of a route, such as `/api/v0/x/:id`: from our own table, since what is sent to us only fills its gaps. */
export const isRoute = (value: unknown): value is string =>
  typeof value === 'string' && /^(?:unknown|[/*][\w./:*{}-]{0,119})$/.test(value)

/** 128 bits. */
export const isTraceId = (value: unknown): value is string =>
  typeof value === 'string' && /^[0-9a-f]{32}$/.test(value)

export const isNetwork = (value: unknown): value is string =>
  typeof value === 'string' && isIP(value.replace(/%\w{1,15}$/, '')) !== 0

export const isNumber = (value: unknown): value is number =>
  typeof value === 'number' && Number.isFinite(value)

/** What the operator set: scheme, host, port and path, never a login or a query. */
export const isAddress = (value: unknown): value is string => {
  if (typeof value !== 'string' || value.length > 256 || !URL.canParse(value)) return false
  const { username, password, search, hash } = new URL(value)
  return username === '' && password === '' && search === '' && hash === ''
}

/** Of an error: `ECONNREFUSED`, `ERR_INVALID_ARG_TYPE`, `SQLITE_BUSY`, or an SQLSTATE such as `57P01`. */
export const isErrorCode = (value: unknown): value is string =>
  typeof value === 'string' && /^(?:[A-Z][A-Z_]{1,47}\d{0,3}|[0-9A-Z]{5})$/.test(value)
