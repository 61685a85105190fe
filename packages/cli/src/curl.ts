/** Secrets by the shell variable that stands for each, so that none of them is ever shown. */
export type Secrets = ReadonlyMap<string, string>

export interface CurlRequest {
  readonly method: string
  readonly url: string
  readonly token?: string | undefined
  readonly body?: unknown
}

/** The same request as a command to copy; secrets show as `$NAME`. */
export function curlOf({ method, url, token, body }: CurlRequest, secrets: Secrets, indent = ''): string {
  const parts = [
    `curl -sS${method === 'GET' ? '' : ` -X ${method}`} ${quoted(url, secrets)}`,
    ...(token === undefined ? [] : [`-H "Authorization: Bearer ${masked(token, secrets)}"`]),
    ...(body === undefined
      ? []
      : [`-H 'Content-Type: application/json'`, `-d ${quoted(JSON.stringify(body), secrets)}`]),
  ]
  return parts.join(` \\\n${indent}  `)
}

/** The text with `$NAME` in place of every secret, also where JSON escapes it. */
export function masked(text: string, secrets: Secrets): string {
  return replaced(text, secrets, (name) => `$${name}`)
}

/** A text as one word of a command to copy, whatever is in it. */
export const shellWord = (text: string): string => quoted(text, new Map())

/** One word for a POSIX shell, with the variables outside the single quotes. */
function quoted(text: string, secrets: Secrets): string {
  const word = replaced(text.replaceAll("'", "'\\''"), secrets, (name) => `'"$${name}"'`)
  return /^[\w./:?=&-]+$/.test(word) ? word : `'${word}'`
}

/** Longer secrets first: one may contain another. */
function replaced(text: string, secrets: Secrets, shown: (name: string) => string): string {
  const known = [...secrets].filter(([secret]) => secret !== '').sort(([a], [b]) => b.length - a.length)
  return known.reduce(
    (rest, [secret, name]) => rest.replaceAll(JSON.stringify(secret).slice(1, -1), () => shown(name)),
    text,
  )
}
