import { decodeBase58Check, encodeBase58Check } from './base58.ts'
import { AccessGrantError } from './errors.ts'

/** Where a satellite listens and who it proves to be. */
export interface NodeUrl {
  /** 32 bytes. */
  readonly id?: Uint8Array
  /** `host:port`; may be empty. */
  readonly address: string
  readonly debounce?: number
  /** Bit set. */
  readonly features?: bigint
  readonly noise_proto?: number
  readonly noise_pub?: Uint8Array
}

const idLength = 32
const scheme = /^(?:storj|storxnetwork):\/\//iu
const hostAndPort = /^(?:\[[0-9a-f:.]+(?:%25[\w.~-]+)?\]|[\w.~!$&'()*+,;=<>"\u{80}-\u{10ffff}-]*)(?::\d*)?$/iu

/** The satellites whose id was never written into early access grants. */
const knownSatelliteIds: ReadonlyMap<string, string> = new Map([
  ['us-central-1.tardigrade.io:7777', '12EayRS2V1kEsWESU9QMRseFhdxYxKicsiFmxrsLZHeLUtdps3S'],
  ['mars.tardigrade.io:7777', '12EayRS2V1kEsWESU9QMRseFhdxYxKicsiFmxrsLZHeLUtdps3S'],
  ['asia-east-1.tardigrade.io:7777', '121RTSDpyNZVcEU84Ticf2L1ntiuUimbWgfATz21tuvgk3vzoA6'],
  ['saturn.tardigrade.io:7777', '121RTSDpyNZVcEU84Ticf2L1ntiuUimbWgfATz21tuvgk3vzoA6'],
  ['europe-west-1.tardigrade.io:7777', '12L9ZFwhzVpuEKMUNUqkaTLGzwY9G24tbiigLiXpmZWKwmcNDDs'],
  ['jupiter.tardigrade.io:7777', '12L9ZFwhzVpuEKMUNUqkaTLGzwY9G24tbiigLiXpmZWKwmcNDDs'],
  ['satellite.stefan-benten.de:7777', '118UWpMCHzs6CvSgWd9BfFVjw5K9pZbJjkfZJexMtSkmKxvvAW'],
  ['saltlake.tardigrade.io:7777', '1wFTAgs9DP5RSnCqKV1eLf6N9wtk4EAtmN5DpSxcs8EjT69tGE'],
])

/**
 * Reads `[scheme://][<node id>@]host:port[?query]`, scheme `storj` or `storxnetwork`.
 *
 * @source storj/common storj/nodeurl.go
 * @throws AccessGrantError `node_url` `node_id`
 */
export function parseNodeUrl(text: string): NodeUrl {
  const [authority = '', query = '', ...others] = text.replace(scheme, '').split('?')
  const at = authority.lastIndexOf('@')
  const address = authority.slice(at + 1).replace(/\/$/u, '')
  if (others.length > 0 || !hostAndPort.test(address)) {
    throw new AccessGrantError('node_url', 'not a node URL: expected <node id>@<host>:<port>')
  }
  return { ...(at >= 0 && { id: parseNodeId(authority.slice(0, at)) }), address, ...parseQuery(query) }
}

/** The inverse of {@link parseNodeUrl}, in normal form and without a scheme. */
export function formatNodeUrl(url: NodeUrl): string {
  const parameters = [
    (url.debounce ?? 0) > 0 ? `debounce=${url.debounce}` : '',
    url.features ? `f=${url.features.toString(16)}` : '',
    url.noise_proto ? `noise_proto=${url.noise_proto}` : '',
    url.noise_pub?.length ? `noise_pub=${encodeBase58Check(url.noise_pub, 0)}` : '',
  ].filter((parameter) => parameter !== '')
  const id = url.id ? `${formatNodeId(url.id)}@` : ''
  return id + url.address + (parameters.length > 0 ? `?${parameters.join('&')}` : '')
}

/** The text of a 32-byte node id, whose last byte is its version and not part of the text. */
export function formatNodeId(id: Uint8Array): string {
  checkLength(id)
  return encodeBase58Check(Uint8Array.from(id).fill(0, idLength - 1), 0)
}

/** The 32 bytes of a node id; the last one is 0, the only version there is. @throws AccessGrantError `node_id` */
export function parseNodeId(text: string): Uint8Array {
  const id = nodeIdPayload(text)
  checkLength(id)
  return id.fill(0, idLength - 1)
}

/** The id of one of the eight early satellites, whose addresses were once written without it. */
export function knownSatelliteId(address: string): string | undefined {
  return knownSatelliteIds.get(address)
}

function checkLength(id: Uint8Array): void {
  if (id.length === idLength) return
  throw new AccessGrantError('node_id', `a node id is 32 bytes long, not ${id.length}`)
}

function nodeIdPayload(text: string): Uint8Array {
  try {
    return decodeBase58Check(text).payload
  } catch (cause) {
    throw new AccessGrantError('node_id', 'the node id is mistyped or incomplete', { cause })
  }
}

function parseQuery(query: string): Omit<NodeUrl, 'address'> {
  const values = new Map<string, string>()
  for (const parameter of query.split('&')) {
    const [name = '', value = ''] = parameter.split('=', 2)
    if (!values.has(name)) values.set(name, value)
  }
  const debounce = values.get('debounce')
  const features = values.get('f')
  const noise_proto = values.get('noise_proto')
  const noise_pub = values.get('noise_pub')
  return {
    ...(debounce && { debounce: integer(debounce, 'debounce') }),
    ...(features && { features: bitSet(features) }),
    ...(noise_proto && { noise_proto: integer(noise_proto, 'noise_proto') }),
    ...(noise_pub && { noise_pub: nodeIdPayload(noise_pub) }),
  }
}

function integer(text: string, name: string): number {
  const value = Number(text)
  if (!/^[+-]?\d+$/u.test(text) || !Number.isSafeInteger(value)) {
    throw new AccessGrantError('node_url', `${name} is not a whole number`)
  }
  return value
}

function bitSet(text: string): bigint {
  if (!/^[0-9a-f]{1,16}$/iu.test(text)) throw new AccessGrantError('node_url', 'f is not hexadecimal')
  return BigInt(`0x${text}`)
}
