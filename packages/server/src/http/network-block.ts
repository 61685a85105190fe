/**
 * What counts as one network for limits: an IPv4 address, or the block an IPv6 address lies in. That is a /64 unless
 * told, since one subscriber has all of it; or a /48, which is what one site or provider's customer may have. An IPv4
 * address mapped into IPv6 is the IPv4 address. A port, as some proxies append it, is no part of it.
 */
export function networkBlock(given: string, prefixLength: 48 | 64 = 64): string {
  const address = withoutPort(given)
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1]
  if (mapped !== undefined || !address.includes(':')) return mapped ?? address
  const [head = [], tail] = address
    .replace(/%.*$/, '')
    .split('::')
    .map((half) => half.split(':').filter((group) => group !== ''))
  const zeros =
    tail === undefined ? [] : Array.from({ length: Math.max(0, 8 - head.length - tail.length) }, () => '0')
  const groups = [...head, ...zeros, ...(tail ?? [])].slice(0, prefixLength / 16)
  return `${groups.map((group) => Number.parseInt(group, 16).toString(16)).join(':')}::/${prefixLength}`
}

/** `192.0.2.7:80`, `[2001:db8::1]:80` and `[2001:db8::1]`; without brackets an IPv6 address has no port. */
const withoutPort = (address: string): string =>
  /^(\d+\.\d+\.\d+\.\d+):\d+$/.exec(address)?.[1] ?? /^\[(.*)\](?::\d+)?$/.exec(address)?.[1] ?? address
