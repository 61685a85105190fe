import {
  noPermission,
  parseAccessGrant,
  restrictAccessGrant,
  serializeAccessGrant,
} from '@valetkey/access-grant'

// What interop/go/speed does, with our library: <access grant> <milliseconds>, prints nanoseconds.

const [text = '', milliseconds = '1000'] = process.argv.slice(2)
const encoder = new TextEncoder()
const prefixes = [{ bucket: 'photos', prefix: encoder.encode('2026/') }]
const permission = { ...noPermission, allow_download: true, allow_list: true }
const nonce = Uint8Array.of(1, 2, 3, 4)
const once = (): string =>
  serializeAccessGrant(restrictAccessGrant(parseAccessGrant(text), permission, prefixes, nonce))

const batch = 200
let best = Number.POSITIVE_INFINITY
for (const end = performance.now() + Number(milliseconds); performance.now() < end; ) {
  const begin = performance.now()
  for (let n = 0; n < batch; n++) once()
  best = Math.min(best, ((performance.now() - begin) * 1e6) / batch)
}
process.stdout.write(`${Math.round(best)}\n`)
