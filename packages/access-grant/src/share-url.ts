import { type BytesLike, bytesOf } from './bytes.ts'
import { AccessGrantError } from './errors.ts'

/**
 * The address under which a link-sharing service shows a project, bucket, prefix or object.
 *
 * @param form.raw the object itself instead of a page about it; then `key` names one object
 * @source storj/uplink edge/share_url.go
 * @throws AccessGrantError `share_url`
 */
export function formatShareUrl(form: {
  readonly base_url: string
  readonly access_key_id: string
  readonly bucket?: BytesLike
  readonly key?: BytesLike
  readonly raw?: boolean
}): string {
  const { base_url, access_key_id, bucket = '', key = '', raw = false } = form
  const refuse = (message: string) => new AccessGrantError('share_url', message)
  if (!/^https?:\/\/[^/]/u.test(base_url)) throw refuse('the base address is not http:// or https://')
  if (access_key_id === '') throw refuse('the access key id is missing')
  const path = [bucket, key].map((part) => escapePath(bytesOf(part)))
  if (path[0] === '' && path[1] !== '') throw refuse('a key needs a bucket')
  if (raw && (path[1] === '' || path[1]?.endsWith('/'))) throw refuse('a raw address names one object')
  const parts = [base_url.replace(/\/+$/u, ''), raw ? 'raw' : 's', encodeURIComponent(access_key_id), ...path]
  return parts.filter((part) => part !== '').join('/')
}

/** Percent-encodes what may not stand in the path of a URL; slashes stay. */
function escapePath(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => {
    const char = String.fromCharCode(byte)
    return /[\w.~/$&+,;=:@-]/u.test(char) && byte < 0x80 ? char : `%${hex(byte)}`
  }).join('')
}

function hex(byte: number): string {
  return byte.toString(16).toUpperCase().padStart(2, '0')
}
