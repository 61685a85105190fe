import { connect, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { parseNodeUrl } from '@valetkey/access-grant'
import { durationInWords } from '@valetkey/protocol'
import { endpointOf, type Settings } from '@valetkey/server'
import { reach } from '../api.ts'
import { codeOf, doubtful, type Finding, fine, open, wrong } from './check.ts'

const timeoutMs = 4_000

const get = (url: string | URL, init: RequestInit = {}): Promise<Response> =>
  fetch(url, { redirect: 'error', signal: AbortSignal.timeout(timeoutMs), ...init })

export function satellite({ satellite_address }: Settings): Finding {
  const { id, address } = parseNodeUrl(satellite_address)
  return id === undefined
    ? wrong('VALETKEY_SATELLITE_ADDRESS has no node id', 'write it as node-id@host:port')
    : fine(address)
}

const localUrl = ({ host, port }: Settings): string => {
  const reached =
    host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '[::1]' : host.includes(':') ? `[${host}]` : host
  return `http://${reached}:${port}`
}

/** Whether a server runs here with these settings. */
export async function listening(settings: Settings): Promise<Finding> {
  if (settings.port === 0) return open('VALETKEY_PORT is 0: nobody knows where it will listen')
  const url = localUrl(settings)
  let ready: Response
  try {
    ready = await get(`${url}/readyz`)
  } catch (thrown) {
    return open(`no server answers at ${url} (${codeOf(thrown)}); start it with valetkey serve`)
  }
  await ready.arrayBuffer()
  if (ready.ok) return fine(`a server runs at ${url}, and is ready`)
  return ready.headers.has('x-trace-id')
    ? wrong(`the server at ${url} is not ready (HTTP ${ready.status})`, 'see "database" above, and its log')
    : wrong(
        `something else answers at ${url} (HTTP ${ready.status})`,
        'stop it, or choose another VALETKEY_PORT',
      )
}

/** The address in mails, links and cookies leads to a server that calls itself by it. @source RFC 8414 §3.3 */
export async function publicAddress({ public_url }: Settings): Promise<Finding> {
  if (public_url === '') return open('VALETKEY_PUBLIC_URL is not set; links lead to localhost')
  let metadata: Response
  try {
    metadata = await get(`${public_url}/.well-known/oauth-authorization-server`)
  } catch (thrown) {
    return wrong(
      `${public_url} cannot be reached from here (${codeOf(thrown)})`,
      'check DNS, the proxy and its certificate',
    )
  }
  const body: unknown = await metadata.json().catch(() => undefined)
  const issuer = typeof body === 'object' && body !== null && 'issuer' in body ? body.issuer : undefined
  if (issuer === undefined)
    return wrong(
      `${public_url} leads to something that is no Valetkey server`,
      'let the proxy pass every path to it',
    )
  return issuer === public_url
    ? fine(`${public_url} leads to a server of that name`)
    : wrong(
        `${public_url} leads to a server that calls itself otherwise`,
        'set the same VALETKEY_PUBLIC_URL on every server',
      )
}

export async function clock(now: () => number, url: string, skew: number): Promise<Finding> {
  const response = await reach(url, () => get(new URL('/healthz', url)))
  await response.arrayBuffer()
  const date = Date.parse(response.headers.get('date') ?? '')
  if (Number.isNaN(date)) return wrong(`${url} does not say what time it is`)
  const ahead = now() - Math.floor(date / 1000)
  const words = `${durationInWords(Math.abs(ahead))} ${ahead > 0 ? 'ahead of' : 'behind'} ${url}`
  if (Math.abs(ahead) > skew)
    return wrong(
      `this clock is ${words}; ${durationInWords(skew)} are allowed`,
      'run NTP on both machines (timedatectl set-ntp true)',
    )
  return fine(Math.abs(ahead) <= 1 ? `agrees with ${url}` : words)
}

/** Says hello to the mail server, and nothing more. @source RFC 5321 §3.1 */
export async function mail({ smtp_url }: Settings): Promise<Finding> {
  if (smtp_url === '') return open('no SMTP server is set; mails go to the outbox folder')
  const { protocol, hostname, port } = new URL(smtp_url)
  const secure = protocol === 'smtps:'
  const host = hostname.replace(/^\[|\]$/g, '')
  const where = `${hostname}:${port || (secure ? 465 : 587)}`
  const options = { host, port: Number(port || (secure ? 465 : 587)) }
  try {
    const greeting = await firstLine(secure ? connectTls({ ...options, servername: host }) : connect(options))
    return greeting.startsWith('220')
      ? fine(`${where} greets`)
      : wrong(
          `${where} does not greet as a mail server does`,
          'check VALETKEY_SMTP_URL; 465 is smtps:, 587 is smtp:',
        )
  } catch (thrown) {
    return wrong(
      `${where} cannot be reached (${codeOf(thrown)})`,
      'check VALETKEY_SMTP_URL and the way out of this network',
    )
  }
}

function firstLine(socket: Socket): Promise<string> {
  return new Promise<string>((resolve, reject) => {
    socket.setTimeout(timeoutMs, () => socket.destroy(new DOMException('it took too long', 'TimeoutError')))
    socket.once('data', (data) => resolve(data.toString('latin1').slice(0, 64)))
    socket.once('error', reject)
    socket.once('close', () => resolve(''))
  }).finally(() => socket.destroy())
}

/** Asks as Prometheus would. */
export async function metrics(settings: Settings): Promise<Finding> {
  const { metrics_port, metrics_host, metrics_token } = settings
  if (metrics_port === 0 && metrics_token === '')
    return open('nobody measures this server: see VALETKEY_METRICS_PORT and VALETKEY_METRICS_TOKEN')
  const own = metrics_port !== 0
  const url = `${own ? localUrl({ ...settings, host: metrics_host, port: metrics_port }) : localUrl(settings)}/metrics`
  try {
    const page = await get(url, own ? {} : { headers: { authorization: `Bearer ${metrics_token}` } })
    const text = await page.text()
    return page.ok && text.includes('valetkey_build_info')
      ? fine(`${url} answers`)
      : wrong(
          `${url} answers without our metrics (HTTP ${page.status})`,
          'restart the server with the settings of this environment',
        )
  } catch (thrown) {
    return open(`${url} does not answer (${codeOf(thrown)}); does the server run?`)
  }
}

/** Sends the collector nothing, which it takes where it takes anything. */
export async function collector({ otlp_url }: Settings): Promise<Finding> {
  if (otlp_url === '') return open('no traces are sent: see VALETKEY_OTLP_URL')
  const { address, authorization } = endpointOf(otlp_url)
  try {
    const answer = await get(address, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...authorization },
      body: '{"resourceSpans":[]}',
    })
    await answer.arrayBuffer()
    return answer.ok
      ? fine(`${address} takes spans`)
      : wrong(
          `${address} answers HTTP ${answer.status}`,
          'it must be the OTLP/HTTP receiver, mostly port 4318',
        )
  } catch (thrown) {
    return doubtful(
      `${address} cannot be reached (${codeOf(thrown)})`,
      'start the collector, or leave VALETKEY_OTLP_URL empty',
    )
  }
}
