import type { WrittenRequest } from './written-request.ts'

/**
 * A request as HTTP/1.1 writes it: request line, headers, an empty line, the body. The version may be missing, and so may
 * the empty line before a body that cannot be a header. Undefined when the first line is no request line.
 *
 * @source RFC 9112 §2.1
 */
export function parseHttpText(text: string): WrittenRequest | undefined {
  const lines = text.split('\n')
  const [method = '', url = '', version, ...rest] = (lines[0] ?? '').trim().split(/\s+/, 4)
  const isRequestLine =
    version === undefined
      ? /^[A-Z]{3,10}$/.test(method) && /^(?:\/|https?:)/i.test(url)
      : rest.length === 0 && /^[A-Za-z]{3,10}$/.test(method) && /^HTTP\//i.test(version)
  if (!isRequestLine) return undefined

  const noHeader = lines.findIndex((line, index) => index > 0 && !/^[\w-]+[ \t]*:/.test(line))
  const end = noHeader === -1 ? lines.length : noHeader
  const headers = new Map(lines.slice(1, end).map(headerOf))
  const body = lines.slice(end).join('\n').trim()
  return {
    method,
    url,
    content_type: headers.get('content-type') ?? null,
    authorization: headers.get('authorization') ?? null,
    body: body === '' ? null : body,
    fields: [],
    unread: [],
  }
}

/** Its name in lower case, and its value. */
export function headerOf(line: string): [name: string, value: string] {
  const colon = line.indexOf(':')
  return colon === -1
    ? [line.trim().toLowerCase(), '']
    : [line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim()]
}
