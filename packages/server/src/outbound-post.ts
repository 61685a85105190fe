import type { IncomingMessage } from 'node:http'
import { BlockList, isIP } from 'node:net'
import {
  allAddresses,
  ask,
  bounded,
  checkedAddresses,
  type FetcherOptions,
  fitUrl,
  inTime,
  isPublicAddress,
  OutboundRefused,
} from './outbound.ts'

/** Sends texts to addresses that somebody else chose. */
export interface Poster {
  /** Where it would go, without going there: the same checks. @throws OutboundRefused */
  check(url: string): Promise<void>
  /** The status of the answer, whatever it is; the rest of the answer is not kept. Rejects with `OutboundRefused`. */
  post(url: string, headers: Readonly<Record<string, string>>, body: string): Promise<number>
}

export interface PosterOptions extends Omit<FetcherOptions, 'maxBytes'> {
  /** Whether http is taken as well, for addresses of this machine alone: for development. */
  readonly mayUseLoopback?: boolean
}

/** Of an answer so much is read, and thrown away, so that the other side may finish its sentence. */
const bytesHeard = 16 * 1024

/**
 * A poster to addresses we do not trust: https, public hosts, no redirects, bounded in time. What `createFetcher` says of
 * names and addresses holds here, for every single post.
 *
 * @source OWASP Server-Side Request Forgery Prevention Cheat Sheet
 */
export function createPoster({
  mayReach = isPublicAddress,
  mayUseLoopback = false,
  timeoutMs = 10_000,
  ca,
  lookup = allAddresses,
}: PosterOptions = {}): Poster {
  async function reachable(text: string, signal: AbortSignal): Promise<[URL, readonly string[]]> {
    const url = fitUrl(text, { mayUseHttp: mayUseLoopback })
    // Below are system services of old, that would take our words for their own.
    if (url.port !== '' && Number(url.port) < 1024) throw new OutboundRefused('port_unfit')
    const mayGo = url.protocol === 'http:' ? isLoopback : mayReach
    return [url, await checkedAddresses(url, { lookup, mayReach: mayGo, signal })]
  }

  return {
    check: (url) => bounded(timeoutMs, async (signal) => void (await reachable(url, signal))),
    post: (text, given, body) =>
      bounded(timeoutMs, async (signal) => {
        const [url, addresses] = await reachable(text, signal)
        const headers = { ...given, 'content-length': String(Buffer.byteLength(body)) }
        const answer = await ask(url, addresses, { method: 'POST', headers, body, signal, ca })
        await heard(answer, signal)
        return answer.statusCode ?? 0
      }),
  }
}

/** The status has come: whatever becomes of the rest changes nothing. */
async function heard(answer: IncomingMessage, signal: AbortSignal): Promise<void> {
  try {
    await inTime(beginningOf(answer), signal)
  } catch {
    // Cut off, or out of time.
  } finally {
    answer.destroy()
  }
}

async function beginningOf(answer: IncomingMessage): Promise<void> {
  let bytes = 0
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > bytesHeard) break
  }
}

const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8, 'ipv4')
loopback.addAddress('::1', 'ipv6')

const isLoopback = (address: string): boolean =>
  loopback.check(address, isIP(address) === 4 ? 'ipv4' : 'ipv6')
