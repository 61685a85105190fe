import { promises as dns } from 'node:dns'
import {
  type ClientRequest,
  Agent as HttpAgent,
  request as httpRequest,
  type IncomingMessage,
} from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import { BlockList, isIP, type LookupFunction } from 'node:net'
import { errorCodeOf } from './error-code.ts'

/** Reads a text from an address that somebody else chose. Rejects with `OutboundRefused`. */
export type Fetcher = (url: string) => Promise<string>

export interface FetcherOptions {
  /** Which addresses may be connected to; without, public ones alone. */
  readonly mayReach?: (address: string) => boolean
  /** For all of it, from the name to the last byte. */
  readonly timeoutMs?: number
  readonly maxBytes?: number
  /** Certificates to trust in place of the system's, PEM. */
  readonly ca?: string
  /** All addresses of a name, as text; may reject. */
  readonly lookup?: (hostname: string) => Promise<readonly string[]>
}

/** Why nothing was read. None of it repeats what was sent to us. */
export const outboundProblems = {
  url_unfit: 'the address is not an https URL without user and password',
  // One for both: which names there are inside is nobody's business.
  address_refused: 'the host has no address, or one that is not public',
  unreachable: 'the host cannot be reached, or its certificate is not trusted',
  too_slow: 'the host took too long',
  redirected: 'the host answered with a redirect; redirects are not followed',
  status_wrong: 'the host did not answer with status 200',
  encoding_unfit: 'the answer is compressed or not UTF-8',
  too_large: 'the answer is too large',
  port_unfit: 'the port is neither 443 nor one from 1024 up',
} as const
export type OutboundProblem = keyof typeof outboundProblems

/** A request of ours that was not made, or came to nothing. `detail` is a code of the platform, such as `ECONNREFUSED`. */
export class OutboundRefused extends Error {
  override readonly name = 'OutboundRefused'
  readonly code: OutboundProblem
  readonly detail: string | undefined

  // The error behind it is left out: a parser's error carries what the host sent.
  constructor(code: OutboundProblem, detail?: string) {
    super(outboundProblems[code])
    this.code = code
    this.detail = detail
  }
}

const maxUrlLength = 2048

/**
 * A fetcher for addresses we do not trust: https, public hosts, one answer of bounded size and time, no redirects.
 *
 * The name is resolved once. Every address it has must be public, and only those very addresses are connected to, so a
 * name that is answered otherwise a moment later gains nothing by it.
 *
 * @source RFC 7591 §5; OWASP Server-Side Request Forgery Prevention Cheat Sheet
 */
export function createFetcher({
  mayReach = isPublicAddress,
  timeoutMs = 3000,
  maxBytes = 64 * 1024,
  ca,
  lookup = allAddresses,
}: FetcherOptions = {}): Fetcher {
  const headers = { accept: 'application/jwk-set+json, application/json' }
  return (text) =>
    bounded(timeoutMs, async (signal) => {
      const url = fitUrl(text)
      const addresses = await checkedAddresses(url, { lookup, mayReach, signal })
      const answer = await ask(url, addresses, { method: 'GET', headers, signal, ca })
      try {
        return await inTime(bodyOf(answer, maxBytes), signal)
      } finally {
        answer.destroy()
      }
    })
}

/** An end in time for work whose every wait heeds the signal; whatever goes wrong in it becomes an `OutboundRefused`. */
export async function bounded<T>(timeoutMs: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const ending = new AbortController()
  // One that holds the process: where nothing else does any more, somebody still waits for this.
  const timer = setTimeout(() => ending.abort(), timeoutMs)
  try {
    return await work(ending.signal)
  } catch (error) {
    if (error instanceof OutboundRefused) throw error
    throw ending.signal.aborted
      ? new OutboundRefused('too_slow')
      : new OutboundRefused('unreachable', errorCodeOf(error))
  } finally {
    clearTimeout(timer)
  }
}

/** `mayUseHttp` is for addresses of this machine, in development. */
export function fitUrl(text: string, { mayUseHttp = false } = {}): URL {
  const url = text.length > maxUrlLength ? null : URL.parse(text)
  const isFit = url?.protocol === 'https:' || (mayUseHttp && url?.protocol === 'http:')
  if (url === null || !isFit || url.username !== '' || url.password !== '')
    throw new OutboundRefused('url_unfit')
  return url
}

interface Reach extends Required<Pick<FetcherOptions, 'lookup' | 'mayReach'>> {
  readonly signal: AbortSignal
}

/** All addresses of the host, once it is known that every one of them may be connected to. */
export async function checkedAddresses(
  url: URL,
  { lookup, mayReach, signal }: Reach,
): Promise<readonly string[]> {
  const addresses = await inTime(addressesOf(url, lookup), signal)
  if (addresses.length === 0 || !addresses.every((address) => isIP(address) !== 0 && mayReach(address)))
    throw new OutboundRefused('address_refused')
  return addresses
}

/** The host itself where it is an address, as `URL` writes it: in plain decimals, whatever base it was given in. */
async function addressesOf(url: URL, lookup: Required<FetcherOptions>['lookup']): Promise<readonly string[]> {
  const host = hostOf(url)
  if (isIP(host) !== 0) return [host]
  return lookup(host).catch(() => [])
}

/** Without the brackets of IPv6. */
const hostOf = ({ hostname }: URL): string => hostname.replace(/^\[(.*)\]$/, '$1')

export const allAddresses = async (hostname: string): Promise<readonly string[]> =>
  (await dns.lookup(hostname, { all: true })).map(({ address }) => address)

interface Asking {
  readonly method: 'GET' | 'POST'
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
  readonly signal: AbortSignal
  readonly ca: string | undefined
}

/** The head of the one answer there is to wait for; its body is still to come. */
export function ask(
  url: URL,
  addresses: readonly string[],
  { method, headers, body, signal, ca }: Asking,
): Promise<IncomingMessage> {
  const options = {
    method,
    signal,
    headers: { ...headers, 'accept-encoding': 'identity' },
    lookup: always(addresses),
  }
  const answer = new Promise<IncomingMessage>((resolve, reject) => {
    // An agent of its own: no connection, session or proxy of an earlier request is used again.
    const request: ClientRequest =
      url.protocol === 'http:'
        ? httpRequest(url, { ...options, agent: new HttpAgent({ keepAlive: false }) })
        : httpsRequest(url, { ...options, agent: new HttpsAgent(trusting(ca)) })
    request
      .on('response', resolve)
      .on('error', reject)
      // We asked for no other protocol: an answer without a body. Unheard, it would be neither an answer nor an error.
      .on('upgrade', (answer, socket) => {
        socket.destroy()
        resolve(answer.destroy())
      })
      .on('close', () => reject(new OutboundRefused('unreachable')))
      .end(body)
  })
  return inTime(answer, signal)
}

const trusting = (ca: string | undefined) => ({
  keepAlive: false,
  maxCachedSessions: 0,
  ...(ca === undefined ? {} : { ca }),
})

/** Answers with the addresses that were checked, whatever is asked. */
function always(addresses: readonly string[]): LookupFunction {
  const known = addresses.map((address) => ({ address, family: isIP(address) }))
  return (_hostname, { all }, callback) => {
    const [first] = known
    if (all === true || first === undefined) callback(null, known)
    else callback(null, first.address, first.family)
  }
}

async function bodyOf(answer: IncomingMessage, maxBytes: number): Promise<string> {
  const { statusCode = 0, headers } = answer
  if (statusCode >= 300 && statusCode < 400) throw new OutboundRefused('redirected')
  if (statusCode !== 200) throw new OutboundRefused('status_wrong', `${statusCode}`)
  if ((headers['content-encoding'] ?? 'identity') !== 'identity') throw new OutboundRefused('encoding_unfit')
  if (Number(headers['content-length'] ?? 0) > maxBytes) throw new OutboundRefused('too_large')
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > maxBytes) throw new OutboundRefused('too_large')
    chunks.push(chunk)
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks))
  } catch {
    throw new OutboundRefused('encoding_unfit')
  }
}

/** Whoever never answers, and whatever never says that it has ended, holds nobody up. */
export function inTime<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const tooSlow = () => reject(new OutboundRefused('too_slow'))
    if (signal.aborted) tooSlow()
    signal.addEventListener('abort', tooSlow, { once: true })
    work.then(resolve, reject)
  })
}

/** Whether an address is one that anybody on the internet may reach. Whatever is not known to be is not. */
export function isPublicAddress(address: string): boolean {
  switch (isIP(address)) {
    case 4:
      return !special.check(address, 'ipv4')
    case 6:
      // IPv4 in IPv6 clothes (mapped, compatible, NAT64) lies outside of global unicast altogether.
      return !address.includes('%') && globalUnicast.check(address, 'ipv6') && !special.check(address, 'ipv6')
    default:
      return false
  }
}

/** @source RFC 4291 §2.4 */
const globalUnicast = new BlockList()
globalUnicast.addSubnet('2000::', 3, 'ipv6')

/** @source RFC 6890 and https://www.iana.org/assignments/iana-ipv4-special-registry, iana-ipv6-special-registry */
const special = new BlockList()
for (const [net, prefix] of [
  ['0.0.0.0', 8], // this network
  ['10.0.0.0', 8], // private
  ['100.64.0.0', 10], // carrier-grade NAT
  ['127.0.0.0', 8], // loopback
  ['168.63.129.16', 32], // the host of Azure's virtual machines, public by its number alone
  ['169.254.0.0', 16], // link-local, metadata of most clouds
  ['172.16.0.0', 12], // private
  ['192.0.0.0', 24], // protocol assignments
  ['192.0.2.0', 24], // documentation
  ['192.88.99.0', 24], // 6to4 relays
  ['192.168.0.0', 16], // private
  ['198.18.0.0', 15], // benchmarks
  ['198.51.100.0', 24], // documentation
  ['203.0.113.0', 24], // documentation
  ['224.0.0.0', 4], // multicast
  ['240.0.0.0', 4], // reserved, broadcast
] as const)
  special.addSubnet(net, prefix, 'ipv4')
for (const [net, prefix] of [
  ['2001::', 23], // protocol assignments: Teredo, ORCHID, benchmarks
  ['2001:db8::', 32], // documentation
  ['2002::', 16], // 6to4
  ['3ffe::', 16], // the 6bone of old
  ['3fff::', 20], // documentation
] as const)
  special.addSubnet(net, prefix, 'ipv6')
