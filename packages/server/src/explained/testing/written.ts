import type { HttpRequest } from './mistake.ts'

const server = 'https://valetkey.test'

/** As a developer would paste it from a shell. */
export function asCurl({ method, url, headers, body }: HttpRequest): string {
  // Without a name of its own, curl would call any body a form.
  const typed = 'content-type' in headers ? headers : { ...headers, 'content-type': '' }
  return [
    `curl -X ${method} ${quoted(`${server}${url}`)}`,
    ...Object.entries(typed).map(([name, value]) => `-H ${quoted(`${name}:${value && ` ${value}`}`)}`),
    `--data-raw ${quoted(body)}`,
  ].join(' \\\n  ')
}

/** As a proxy or a log shows it. */
export function asHttp({ method, url, headers, body }: HttpRequest): string {
  const lines = Object.entries({ host: 'valetkey.test', ...headers }).map(
    ([name, value]) => `${name}: ${value}`,
  )
  return [`${method} ${url} HTTP/1.1`, ...lines, '', body].join('\r\n')
}

/** The body alone, where that is all there is to say. */
export function asBody({ url, headers, body }: HttpRequest): string[] {
  return headers['content-type'] === 'application/json' && !url.includes('?') && body.startsWith('{')
    ? [body]
    : []
}

const quoted = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`
