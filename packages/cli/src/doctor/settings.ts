import { loadKeyRing, type Settings, settingRows } from '@valetkey/server'
import { count } from '../terminal.ts'
import { doubtful, type Finding, fine, wrong } from './check.ts'

/** Which settings are the operator's own. */
export function inWords(settings: Settings): string {
  const names = Object.keys(settingRows) as (keyof Settings)[]
  const changed = names.filter((name) => String(settings[name]) !== String(settingRows[name].default))
  return `${count(names.length, 'setting')}, ${changed.length === 0 ? 'all as by default' : `${changed.length} of your own: ${changed.join(', ')}`}`
}

/** Settings that each are allowed, and together make no sense: the gravest alone, since the next one waits behind it. */
export function contradiction(settings: Settings): Finding {
  const found = contradictions.find(({ when }) => when(settings))
  if (found === undefined) return fine('nothing contradicts')
  return found.result === 'wrong' ? wrong(found.said, found.fix) : doubtful(found.said, found.fix)
}

interface Contradiction {
  readonly result: 'wrong' | 'doubtful'
  when(settings: Settings): boolean
  readonly said: string
  readonly fix: string
}

export const isLoopback = (host: string): boolean =>
  /^(?:localhost|127(?:\.\d{1,3}){3}|\[?::1\]?)$/.test(host) || host.endsWith('.localhost')
const hostOf = (url: string): string => new URL(url).hostname
const isPublic = ({ public_url }: Settings): boolean => public_url !== '' && !isLoopback(hostOf(public_url))

/** The gravest first. */
const contradictions: readonly Contradiction[] = [
  {
    result: 'wrong',
    when: ({ trusted_proxies }) =>
      trusted_proxies.some((proxy) => /^(?:0\.0\.0\.0|::)(?:\/0)?$|\/[1-7]$/.test(proxy)),
    said: 'VALETKEY_TRUSTED_PROXIES trusts nearly everybody, so anybody may claim any address',
    fix: 'name the proxies that stand before the server, such as 10.0.0.5 or 10.0.0.0/24',
  },
  {
    result: 'wrong',
    when: ({ metrics_port, port }) => metrics_port !== 0 && metrics_port === port,
    said: 'VALETKEY_METRICS_PORT is the port of the server itself',
    fix: 'give the metrics a port of their own, or VALETKEY_METRICS_TOKEN instead',
  },
  {
    result: 'wrong',
    when: ({ data, master_key }) => master_key !== '' && otherKeyIn(data, master_key),
    said: 'VALETKEY_MASTER_KEY is not the key in the master.key of the data folder',
    fix: 'keep the one that opens the database (see "secrets" below) and move the other away',
  },
  {
    result: 'doubtful',
    when: (settings) => isPublic(settings) && settings.public_url.startsWith('http:'),
    said: 'VALETKEY_PUBLIC_URL is http: passwords, codes and cookies travel for everybody to read',
    fix: 'put a proxy with TLS before the server and set the https address',
  },
  {
    result: 'doubtful',
    when: (settings) =>
      isPublic(settings) && settings.trusted_proxies.length === 0 && isLoopback(settings.host),
    said: 'the public address leads through a proxy that is not trusted, so all callers count as one',
    fix: 'set VALETKEY_TRUSTED_PROXIES to the address the proxy calls from, such as loopback',
  },
  {
    result: 'doubtful',
    when: (settings) =>
      isPublic(settings) && settings.satellite_address === settingRows.satellite_address.default,
    said: 'the public server hands out keys for a satellite on this machine (VALETKEY_SATELLITE_ADDRESS)',
    fix: 'set the node URL of your storage network: node-id@host:port',
  },
  {
    result: 'doubtful',
    when: (settings) => isPublic(settings) && !settings.rate_limits,
    said: 'VALETKEY_RATE_LIMITS is off: passwords may be guessed at any speed',
    fix: 'leave it on; off is for benchmarks',
  },
  {
    result: 'doubtful',
    when: (settings) => isPublic(settings) && settings.smtp_url === '',
    said: 'mails go to the outbox folder, where no user reads them',
    fix: 'set VALETKEY_SMTP_URL',
  },
  {
    result: 'doubtful',
    when: ({ database_url }) =>
      database_url !== '' &&
      !isLoopback(hostOf(database_url)) &&
      hostOf(database_url) !== '' &&
      !/[?&]sslmode=/.test(database_url),
    said: 'the way to PostgreSQL is not encrypted',
    fix: 'add ?sslmode=verify-full to VALETKEY_DATABASE_URL',
  },
  {
    result: 'doubtful',
    when: ({ metrics_port, metrics_host }) => metrics_port !== 0 && /^(?:0\.0\.0\.0|::)$/.test(metrics_host),
    said: 'whoever reaches the metrics port reads the metrics, on every network of this machine',
    fix: 'set VALETKEY_METRICS_HOST to an address that Prometheus alone reaches',
  },
  {
    result: 'doubtful',
    when: ({ otlp_url, otlp_sample }) => otlp_url !== '' && otlp_sample === 0,
    said: 'VALETKEY_OTLP_URL is set and VALETKEY_OTLP_SAMPLE is 0: no trace is sent',
    fix: 'set a percentage, or no URL',
  },
]

/** Whether another key than this one is the current one in the file. */
function otherKeyIn(data: string, master_key: string): boolean {
  try {
    const { current } = loadKeyRing({ data, master_key: '', previous_master_keys: [] }, { mayCreate: false })
    return Buffer.from(current).toString('hex') !== master_key
  } catch {
    return false // there is none, or who may not read it is told so by the check of the folder
  }
}
