import { isIP } from 'node:net'
import { availableParallelism } from 'node:os'
import { parseNodeUrl } from '@valetkey/access-grant'
import { isUuid } from './ids.ts'

/** One setting: where it comes from, in which unit, what it is when nobody says, and what it means. */
interface SettingRow<T> {
  readonly env: `VALETKEY_${string}`
  readonly unit: string
  readonly default: T
  readonly means: string
  /** A secret is never printed. */
  readonly secret?: true
  /** Turns the text of a flag or variable into the value, or says what it should be. */
  readonly parse: (text: string) => T | Invalid
}

class Invalid {
  readonly expected: string
  constructor(expected: string) {
    this.expected = expected
  }
}

/** A setting that stops the start. Its message names the setting and what it should be, never its value. */
export class SettingError extends Error {
  override readonly name = 'SettingError'
}

const text = (value: string): string => value
const integer =
  (min: number, max: number) =>
  (value: string): number | Invalid => {
    const number = Number(value)
    return /^\d{1,12}$/.test(value) && number >= min && number <= max
      ? number
      : new Invalid(`a whole number from ${min} to ${max}`)
  }
const processes = (value: string): number | Invalid => {
  if (value === 'auto') return availableParallelism()
  const number = integer(1, 256)(value)
  return number instanceof Invalid ? new Invalid(`${number.expected}, or auto for one per core`) : number
}
const oneOf =
  (...words: string[]) =>
  (value: string): string | Invalid =>
    words.includes(value) ? value : new Invalid(words.join(' or '))
const onOff = (value: string): boolean | Invalid =>
  value === 'on' || value === 'true' || value === '1'
    ? true
    : value === 'off' || value === 'false' || value === '0'
      ? false
      : new Invalid('on or off')
const url =
  (...protocols: string[]) =>
  (value: string): string | Invalid => {
    const parsed = URL.canParse(value) ? new URL(value) : undefined
    return parsed !== undefined && protocols.includes(parsed.protocol)
      ? value
      : new Invalid(`a URL beginning with ${protocols.map((protocol) => `${protocol}//`).join(' or ')}`)
  }
const publicUrl = (value: string): string | Invalid => {
  if (value === '') return value
  const checked = url('https:', 'http:')(value)
  if (checked instanceof Invalid) return checked
  // Browsers send exactly this as Origin, and cookies are only taken from there.
  const { origin } = new URL(checked)
  return origin === value ? value : new Invalid('scheme, host and port alone, as in https://keys.example.org')
}
/** @source RFC 9728 §1.2 */
const resourceUrl = (value: string): string | Invalid => {
  const checked = url('https:', 'http:')(value)
  if (checked instanceof Invalid) return checked
  return value.includes('#') || value.includes('?') ? new Invalid('a URL without query and fragment') : value
}
const clientIds = (value: string): readonly string[] | Invalid => {
  const ids = value.split(/[ ,]+/).filter((id) => id !== '')
  return ids.every(isUuid) ? ids : new Invalid('client_ids, separated by commas')
}
const masterKeys = (value: string): readonly string[] | Invalid => {
  const keys = value.split(/[ ,]+/).filter((key) => key !== '')
  return keys.every((key) => /^[0-9a-f]{64}$/i.test(key))
    ? keys.map((key) => key.toLowerCase())
    : new Invalid('64 hex digits each, separated by commas')
}
/** What fits into a header without escapes; two at most, the old one and the new. */
const adminTokens = (value: string): string | Invalid => {
  const tokens = value.split(',').map((token) => token.trim())
  return tokens.length <= 2 && tokens.every((token) => /^[A-Za-z0-9._~+/=-]{32,256}$/.test(token))
    ? tokens.join(',')
    : new Invalid('one or two tokens of 32 characters or more: letters, digits and . _ ~ + / = -')
}
const smtpUrl = (value: string): string | Invalid => {
  const checked = url('smtp:', 'smtps:')(value)
  if (checked instanceof Invalid) return checked
  try {
    const { username, password, hostname } = new URL(checked)
    decodeURIComponent(username + password)
    return hostname === '' ? new Invalid('a URL with a host') : checked
  } catch {
    return new Invalid('a URL whose user and password are percent-encoded')
  }
}
/** Addresses, networks such as 10.0.0.0/8, or the names that stand for the usual private ones. */
const proxies = (value: string): readonly string[] | Invalid => {
  const parts = value.split(/[ ,]+/).filter((part) => part !== '')
  const known = (part: string): boolean => {
    const [address = '', bits, ...more] = part.split('/')
    const version = address.includes('%') ? 0 : isIP(address)
    if (version === 0) return ['loopback', 'linklocal', 'uniquelocal'].includes(part)
    return (
      more.length === 0 &&
      (bits === undefined || (/^[1-9]\d{0,2}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128)))
    )
  }
  return parts.every(known)
    ? parts
    : new Invalid('addresses or networks separated by commas, such as 10.0.0.0/8')
}
/** Every access grant names it, so a wrong one is noticed before the first code is spent. */
function namesSatellite(value: string): boolean {
  try {
    const { id, address } = parseNodeUrl(value)
    const port = Number(/:(\d+)$/.exec(address)?.[1] ?? 0)
    return id !== undefined && port > 0 && port <= 65_535
  } catch {
    return false
  }
}
const bearerToken = (value: string): string | Invalid =>
  /^[\w.~+/=-]{16,256}$/.test(value)
    ? value
    : new Invalid('16 to 256 letters, digits and any of . _ ~ + / = - (what fits a header)')
const logLevel = (value: string): LogLevel | Invalid =>
  value === 'info' || value === 'error' ? value : new Invalid('info or error')
export type LogLevel = 'info' | 'error'
const row = <T>(setting: SettingRow<T>): SettingRow<T> => setting

export const settingRows = {
  port: row({
    env: 'VALETKEY_PORT',
    unit: 'TCP port',
    default: 10002,
    means: 'where the server listens; 0 takes a free one',
    parse: integer(0, 65535),
  }),
  host: row({
    env: 'VALETKEY_HOST',
    unit: 'address',
    default: '127.0.0.1',
    means: 'the address the server listens on',
    parse: text,
  }),
  data: row({
    env: 'VALETKEY_DATA',
    unit: 'folder',
    default: './data',
    means: 'the embedded database, the master key file and the outbox of mails',
    parse: text,
  }),
  database_url: row({
    env: 'VALETKEY_DATABASE_URL',
    unit: 'URL',
    default: '',
    means: 'PostgreSQL; empty means SQLite in the data folder',
    secret: true,
    parse: url('postgres:', 'postgresql:'),
  }),
  database_connections: row({
    env: 'VALETKEY_DATABASE_CONNECTIONS',
    unit: 'connections',
    default: 16,
    means: 'how many connections to PostgreSQL each process holds at most',
    parse: integer(2, 1000),
  }),
  database_prepared: row({
    env: 'VALETKEY_DATABASE_PREPARED',
    unit: 'auto, on or off',
    default: 'auto',
    means:
      'named prepared statements on PostgreSQL: auto leaves them out behind a pooler, on is for one that keeps them (PgBouncer 1.21)',
    parse: oneOf('auto', 'on', 'off'),
  }),
  workers: row({
    env: 'VALETKEY_WORKERS',
    unit: 'processes',
    default: 1,
    means: 'how many processes serve, on PostgreSQL; auto is one per core; SIGUSR2 replaces them one by one',
    parse: processes,
  }),
  drain_delay: row({
    env: 'VALETKEY_DRAIN_DELAY',
    unit: 'seconds',
    default: 0,
    means:
      'how long a server that was told to stop goes on serving while /readyz says 503, for a proxy to notice',
    parse: integer(0, 300),
  }),
  public_url: row({
    env: 'VALETKEY_PUBLIC_URL',
    unit: 'URL',
    default: '',
    means: 'how the world reaches the server: in mails, links and cookies; empty means http://localhost:PORT',
    parse: publicUrl,
  }),
  master_key: row({
    env: 'VALETKEY_MASTER_KEY',
    unit: '64 hex digits',
    default: '',
    means:
      'seals client secrets, API keys and webhook secrets; empty means a 0600 file in the data folder, made at the first start',
    secret: true,
    parse: (value: string) =>
      /^[0-9a-f]{64}$/i.test(value) ? value.toLowerCase() : new Invalid('64 hex digits'),
  }),
  previous_master_keys: row({
    env: 'VALETKEY_PREVIOUS_MASTER_KEYS',
    unit: 'keys of 64 hex digits',
    default: [] as readonly string[],
    means:
      'master keys beside it, separated by commas: they open what is stored and seal nothing; for as long as a key is replaced',
    secret: true,
    parse: masterKeys,
  }),
  satellite_address: row({
    env: 'VALETKEY_SATELLITE_ADDRESS',
    unit: 'node URL',
    default: '12EayRS2V1kEsWESU9QMRseFhdxYxKicsiFmxrsLZHeLUtdps3S@127.0.0.1:7777',
    means: 'the storage network every access grant names: node-id@host:port',
    parse: (value: string) =>
      namesSatellite(value) ? value : new Invalid('node-id@host:port, with a node id that exists'),
  }),
  smtp_url: row({
    env: 'VALETKEY_SMTP_URL',
    unit: 'URL',
    default: '',
    means: 'where mails go out; empty writes them to the outbox folder',
    secret: true,
    parse: smtpUrl,
  }),
  mail_from: row({
    env: 'VALETKEY_MAIL_FROM',
    unit: 'address',
    default: '',
    means:
      'the sender of mails; empty means the SMTP login when it is an address, else no-reply at the public host',
    parse: (value: string) =>
      /^[^\s@<>]+@[^\s@<>]+$/.test(value) ? value : new Invalid('an e-mail address'),
  }),
  trusted_proxies: row({
    env: 'VALETKEY_TRUSTED_PROXIES',
    unit: 'addresses or networks',
    default: [] as readonly string[],
    means: 'whose X-Forwarded-For is believed, separated by commas',
    parse: proxies,
  }),
  code_ttl: row({
    env: 'VALETKEY_CODE_TTL',
    unit: 'seconds',
    default: 60,
    means: 'how long an authorization code lives',
    parse: integer(5, 600),
  }),
  consent_ttl: row({
    env: 'VALETKEY_CONSENT_TTL',
    unit: 'seconds',
    default: 600,
    means: 'how long a user may take to decide',
    parse: integer(10, 86_400),
  }),
  assertion_max_ttl: row({
    env: 'VALETKEY_ASSERTION_MAX_TTL',
    unit: 'seconds',
    default: 1800,
    means: 'how far away exp of a JWT client secret may be',
    parse: integer(60, 86_400),
  }),
  clock_skew: row({
    env: 'VALETKEY_CLOCK_SKEW',
    unit: 'seconds',
    default: 30,
    means: 'how much clocks may differ, both ways',
    parse: integer(0, 300),
  }),
  grant_ttl: row({
    env: 'VALETKEY_GRANT_TTL',
    unit: 'days',
    default: 30,
    means: 'how long access lasts when the user does not choose',
    parse: integer(1, 3650),
  }),
  grant_max_ttl: row({
    env: 'VALETKEY_GRANT_MAX_TTL',
    unit: 'days',
    default: 365,
    means: 'the longest access a user can give',
    parse: integer(1, 3650),
  }),
  access_ttl: row({
    env: 'VALETKEY_ACCESS_TTL',
    unit: 'seconds',
    default: 3600,
    means: 'how long an access grant lasts that can be refreshed; others last as long as the access',
    parse: integer(60, 86_400),
  }),
  refresh_idle_ttl: row({
    env: 'VALETKEY_REFRESH_IDLE_TTL',
    unit: 'days',
    default: 30,
    means: 'how long a refresh token lives unused',
    parse: integer(1, 365),
  }),
  refresh_max_ttl: row({
    env: 'VALETKEY_REFRESH_MAX_TTL',
    unit: 'days',
    default: 90,
    means: 'how long access can be refreshed without asking its user again',
    parse: integer(1, 3650),
  }),
  device_code_ttl: row({
    env: 'VALETKEY_DEVICE_CODE_TTL',
    unit: 'seconds',
    default: 600,
    means: 'how long a device waits for its user to enter the code',
    parse: integer(60, 3600),
  }),
  pushed_request_ttl: row({
    env: 'VALETKEY_PUSHED_REQUEST_TTL',
    unit: 'seconds',
    default: 60,
    means: 'how long a pushed authorization request waits for the browser',
    parse: integer(5, 600),
  }),
  resource: row({
    env: 'VALETKEY_RESOURCE',
    unit: 'URL',
    default: '',
    means: 'the storage gateway that takes access grants as bearer tokens; empty means there is none',
    parse: resourceUrl,
  }),
  gateways: row({
    env: 'VALETKEY_GATEWAYS',
    unit: 'client_ids',
    default: [] as readonly string[],
    means: 'clients that may introspect the access grants of all others, separated by commas',
    parse: clientIds,
  }),
  admin_token: row({
    env: 'VALETKEY_ADMIN_TOKEN',
    unit: '32 characters or more',
    default: '',
    means:
      'who sends it is the operator; two separated by a comma while one replaces the other; empty means there is no admin API',
    secret: true,
    parse: adminTokens,
  }),
  secret_expiry_notice: row({
    env: 'VALETKEY_SECRET_EXPIRY_NOTICE',
    unit: 'hours',
    default: 24,
    means: 'how long before a rotated-out client secret ends its developer is told that it is still in use',
    parse: integer(1, 720),
  }),
  webhook_disable_after: row({
    env: 'VALETKEY_WEBHOOK_DISABLE_AFTER',
    unit: 'days',
    default: 5,
    means: 'for how long a webhook endpoint may fail before it is switched off',
    parse: integer(1, 30),
  }),
  session_ttl: row({
    env: 'VALETKEY_SESSION_TTL',
    unit: 'seconds',
    default: 1800,
    means: 'how long a session lasts without a refresh',
    parse: integer(60, 604_800),
  }),
  rate_limits: row({
    env: 'VALETKEY_RATE_LIMITS',
    unit: 'on or off',
    default: true,
    means: 'all limits of how often something may be done; off is for benchmarks',
    parse: onOff,
  }),
  rate_limit_store: row({
    env: 'VALETKEY_RATE_LIMIT_STORE',
    unit: 'database or memory',
    default: 'database',
    means:
      'where limits are counted: in the database, for all servers together, or in memory, by each for itself',
    parse: oneOf('database', 'memory'),
  }),
  token_limit: row({
    env: 'VALETKEY_TOKEN_LIMIT',
    unit: 'a minute',
    default: 60_000,
    means: 'token requests of one client that proved who it is',
    parse: integer(1, 100_000_000),
  }),
  introspection_limit: row({
    env: 'VALETKEY_INTROSPECTION_LIMIT',
    unit: 'a minute',
    default: 600_000,
    means: 'introspections by one client that proved who it is',
    parse: integer(1, 100_000_000),
  }),
  network_limit: row({
    env: 'VALETKEY_NETWORK_LIMIT',
    unit: 'a minute',
    default: 6000,
    means: 'requests of one network where nobody shows who they are: pages, metadata, signing in',
    parse: integer(1, 100_000_000),
  }),
  signature_forensics: row({
    env: 'VALETKEY_SIGNATURE_FORENSICS',
    unit: 'on or off',
    default: true,
    means:
      'whether refused token requests are looked at once more, behind the answer, to say more precisely why',
    parse: onOff,
  }),
  audit_ttl: row({
    env: 'VALETKEY_AUDIT_TTL',
    unit: 'days',
    default: 0,
    means: 'how long audit events are kept; 0 is for ever',
    parse: integer(0, 36_500),
  }),
  dev: row({
    env: 'VALETKEY_DEV',
    unit: 'on or off',
    default: false,
    means: 'for development: refused token requests are explained in the answer itself; on the loopback only',
    parse: onOff,
  }),
  verified_mail: row({
    env: 'VALETKEY_VERIFIED_MAIL',
    unit: 'on or off',
    default: false,
    means: 'whether a new account must prove its address before it signs in',
    parse: onOff,
  }),
  derivations: row({
    env: 'VALETKEY_DERIVATIONS',
    unit: 'at once',
    default: 2,
    means: 'Argon2id runs at the same time, 64 MiB each',
    parse: integer(1, 64),
  }),
  metrics_port: row({
    env: 'VALETKEY_METRICS_PORT',
    unit: 'TCP port',
    default: 0,
    means: 'where Prometheus finds /metrics, on a listener of its own; 0 means there is none',
    parse: integer(0, 65535),
  }),
  metrics_host: row({
    env: 'VALETKEY_METRICS_HOST',
    unit: 'address',
    default: '127.0.0.1',
    means: 'the address that listener listens on; whoever reaches it reads the metrics',
    parse: text,
  }),
  metrics_token: row({
    env: 'VALETKEY_METRICS_TOKEN',
    unit: 'text',
    default: '',
    means: 'the bearer token that opens /metrics on the main listener; empty keeps it closed',
    secret: true,
    parse: bearerToken,
  }),
  otlp_url: row({
    env: 'VALETKEY_OTLP_URL',
    unit: 'URL',
    default: '',
    means:
      'the OpenTelemetry collector that traces of requests go to, such as http://127.0.0.1:4318; empty sends none',
    secret: true,
    parse: url('http:', 'https:'),
  }),
  otlp_sample: row({
    env: 'VALETKEY_OTLP_SAMPLE',
    unit: 'percent',
    default: 100,
    means: 'how many of all requests are traced so',
    parse: integer(0, 100),
  }),
  log_level: row({
    env: 'VALETKEY_LOG_LEVEL',
    unit: 'info or error',
    default: 'info' as LogLevel,
    means: 'the least that is logged; error leaves out the line of each request',
    parse: logLevel,
  }),
} as const

/** What the other commands of `valetkey` read from the environment: no settings of a server, and no typing errors either. */
export const commandVariables = [
  'VALETKEY_URL',
  'VALETKEY_EMAIL',
  'VALETKEY_PASSWORD',
  'VALETKEY_CLIENT_ID',
  'VALETKEY_CLIENT_SECRET',
  'VALETKEY_CODE',
  'VALETKEY_PASSPHRASE',
  'VALETKEY_API_KEY_SECRET',
] as const
export type CommandVariable = (typeof commandVariables)[number]

export type SettingName = keyof typeof settingRows
export type Settings = {
  readonly [Name in SettingName]: (typeof settingRows)[Name]['default'] extends number
    ? number
    : (typeof settingRows)[Name]['default'] extends boolean
      ? boolean
      : (typeof settingRows)[Name]['default'] extends readonly string[]
        ? readonly string[]
        : Name extends 'log_level'
          ? LogLevel
          : string
}

/** `--public-url` of `public_url`. */
export const flagOf = (name: SettingName): `--${string}` => `--${name.replaceAll('_', '-')}`

/** Flags win over the environment, the environment over the defaults. Empty text counts as not said. @throws SettingError */
export function readSettings(
  flags: Partial<Record<SettingName, string>>,
  env: Readonly<Record<string, string | undefined>>,
): Settings {
  const known = new Set<string>([
    ...Object.values(settingRows).map((setting) => setting.env),
    ...commandVariables,
  ])
  const strange = Object.keys(env).find((name) => name.startsWith('VALETKEY_') && !known.has(name))
  if (strange !== undefined)
    throw new SettingError(`${strange} is not a setting; "valetkey settings" lists them all`)
  const entries = Object.entries(settingRows).map(([name, setting]) => {
    const said = flags[name as SettingName] || env[setting.env]
    if (said === undefined || said === '') return [name, setting.default]
    const value: unknown = setting.parse(said)
    if (value instanceof Invalid) {
      throw new SettingError(`${setting.env} (${flagOf(name as SettingName)}) must be ${value.expected}`)
    }
    return [name, value]
  })
  const settings = Object.fromEntries(entries) as Settings
  if (settings.grant_ttl > settings.grant_max_ttl) {
    throw new SettingError('VALETKEY_GRANT_TTL must not be longer than VALETKEY_GRANT_MAX_TTL')
  }
  if (settings.workers > 1 && settings.database_url === '') {
    throw new SettingError(
      'VALETKEY_WORKERS above 1 needs PostgreSQL (VALETKEY_DATABASE_URL): SQLite lets one process write at a time, so more would only wait for each other',
    )
  }
  if (settings.dev && !isPrivate(settings)) {
    throw new SettingError(
      'VALETKEY_DEV tells whoever asks what is wrong with a client: VALETKEY_HOST must be localhost, 127.0.0.1 or ::1 with it, VALETKEY_PUBLIC_URL too, and VALETKEY_TRUSTED_PROXIES empty',
    )
  }
  return settings
}

/** Whether nobody but this machine reaches the server, through a proxy in front of it neither. */
function isPrivate({ host, public_url, trusted_proxies }: Settings): boolean {
  const loopback = /^(?:localhost|127(?:\.\d{1,3}){3}|\[?::1\]?)$/
  const hosts = [host, ...(public_url === '' ? [] : [new URL(public_url).hostname])]
  return trusted_proxies.length === 0 && hosts.every((one) => loopback.test(one))
}
