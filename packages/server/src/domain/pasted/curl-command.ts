import { headerOf } from './http-text.ts'
import { shellCommands } from './shell-words.ts'
import type { WrittenRequest } from './written-request.ts'

/** The request that the first curl command in a text would send; undefined when there is none. */
export function parseCurl(text: string): WrittenRequest | undefined {
  if (!/\bcurl\b/i.test(text)) return undefined
  for (const words of shellCommands(text)) {
    const curl = words.findIndex((word) => /^(?:.*[\\/])?curl(?:\.exe)?$/i.test(word))
    if (curl !== -1) return requestOf(optionsOf(words.slice(curl + 1)))
  }
  return undefined
}

interface Option {
  /** The long name; `--url` for what is no option. */
  readonly name: string
  readonly value: string
}

const longNames: Readonly<Record<string, string>> = {
  d: '--data',
  F: '--form',
  G: '--get',
  H: '--header',
  I: '--head',
  K: '--config',
  T: '--upload-file',
  u: '--user',
  X: '--request',
}

const lettersWithValue = /[AbcCdDeEFHKmoPQrtTuUwxXyYz]/

/** The long options without a value that people use; one that is not known here is taken to have one. */
const flags: ReadonlySet<string> = new Set(
  [
    'anyauth basic compressed create-dirs digest fail fail-early fail-with-body get globoff head http1.0 http1.1 http2',
    'http2-prior-knowledge http3 include insecure ipv4 ipv6 junk-session-cookies location location-trusted negotiate',
    'ntlm parallel path-as-is progress-bar remote-name remote-name-all show-error show-headers silent ssl ssl-reqd',
    'tcp-nodelay tlsv1 tlsv1.0 tlsv1.1 tlsv1.2 tlsv1.3 trace-time verbose version',
  ]
    .join(' ')
    .split(' ')
    .map((name) => `--${name}`),
)

function optionsOf(words: readonly string[]): Option[] {
  const options: Option[] = []
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? ''
    if (/^\d?[<>]/.test(word)) {
      if (/^\d?[<>]{1,3}$/.test(word)) at++
    } else if (word === '--next' || word === '-:') {
      break // another request follows
    } else if (!word.startsWith('-') || word === '-') {
      options.push({ name: '--url', value: word })
    } else if (word.startsWith('--')) {
      const valued = takesValue(word, words[at + 1])
      options.push({ name: word, value: valued ? (words[++at] ?? '') : '' })
    } else {
      const letters = word.slice(1)
      const last = letters.search(lettersWithValue)
      const alone = last === -1 ? letters : letters.slice(0, last)
      for (const letter of alone) options.push({ name: longNames[letter] ?? letter, value: '' })
      if (last === -1) continue
      const glued = letters.slice(last + 1)
      const name = letters.charAt(last)
      options.push({ name: longNames[name] ?? name, value: glued === '' ? (words[++at] ?? '') : glued })
    }
  }
  return options
}

const valuedNames =
  /^--(?:request|header|data(?:-ascii|-binary|-raw|-urlencode)?|json|user|form(?:-string)?|url(?:-query)?|oauth2-bearer)$/

function takesValue(name: string, next: string | undefined): boolean {
  if (valuedNames.test(name)) return true
  if (flags.has(name) || name.startsWith('--no-') || name.includes('=')) return false
  return next !== undefined && !next.startsWith('-') && !/^https?:/i.test(next)
}

const textData = ['--data', '--data-ascii', '--data-binary', '--data-raw', '--data-urlencode']
const forms = ['--form', '--form-string']

/** What the options add up to. */
function requestOf(options: readonly Option[]): WrittenRequest {
  const all = (...names: string[]) => options.filter(({ name }) => names.includes(name))
  const value = (name: string) => all(name).at(-1)?.value
  const data = all(...textData, '--json')
  const parts = all(...forms)
  const body = data.length === 0 ? undefined : joined(data.filter((option) => !isFile(option)))
  const asQuery = value('--get') !== undefined
  const url = all('--url')[0]?.value
  const query = [...all('--url-query').map(queryOf), ...(asQuery && body !== undefined ? [body] : [])]

  const headers = new Map(all('--header').map((option) => headerOf(option.value)))
  const content_type = headers.get('content-type') ?? impliedType(asQuery ? [] : [...data, ...parts])
  const user = value('--user')
  const basic = user === undefined ? null : `Basic ${Buffer.from(user).toString('base64')}`
  const token = value('--oauth2-bearer')
  const bearer = token === undefined ? null : `Bearer ${token}`
  return {
    method: value('--request') ?? impliedMethod(options, !asQuery && data.length + parts.length > 0),
    url: url === undefined ? null : withQuery(url, query),
    // `-H 'Content-Type:'` takes the implied one away.
    content_type: content_type === '' ? null : content_type,
    authorization: headers.get('authorization') ?? bearer ?? basic,
    body: asQuery || body === undefined || body === '' ? null : body,
    fields: parts.filter((option) => !isFile(option)).map(fieldOf),
    unread: options.filter(isFile).map((option) => (forms.includes(option.name) ? fieldOf(option)[0] : null)),
  }
}

/** Whether what counts is in a file. */
function isFile({ name, value }: Option): boolean {
  if (name === '--data-raw' || name === '--form-string') return false
  if (name === '--form') return /^[^=]*=[@<]/.test(value)
  if (name === '--data-urlencode') return /^[^=@]*@/.test(value)
  return name === '--upload-file' || name === '--config' || (readsFiles.has(name) && value.startsWith('@'))
}

const readsFiles: ReadonlySet<string> = new Set([...textData, '--json', '--header'])

/** Pieces of a form are joined with `&`, pieces of JSON with nothing. */
function joined(data: readonly Option[]): string {
  return data
    .map(({ name, value }, index) => {
      const mark = index === 0 || name === '--json' ? '' : '&'
      return mark + (name === '--data-urlencode' ? urlEncoded(value) : value)
    })
    .join('')
}

function impliedType(sent: readonly Option[]): string | null {
  if (sent.length === 0) return null
  if (sent.some(({ name }) => forms.includes(name))) return 'multipart/form-data'
  return sent.some(({ name }) => name === '--json') ? 'application/json' : 'application/x-www-form-urlencoded'
}

function impliedMethod(options: readonly Option[], hasBody: boolean): string {
  if (options.some(({ name }) => name === '--head')) return 'HEAD'
  if (options.some(({ name }) => name === '--upload-file')) return 'PUT'
  return hasBody ? 'POST' : 'GET'
}

function fieldOf({ name, value }: Option): [name: string, value: string] {
  const [field, text] = splitAt(value, '=')
  return [field, name === '--form' ? text.replace(/;(?:type|filename)=[\s\S]*$/, '') : text]
}

const queryOf = ({ value }: Option): string => (value.startsWith('+') ? value.slice(1) : urlEncoded(value))

/** `content`, `=content` and `name=content`, of which the content is encoded. */
function urlEncoded(value: string): string {
  const [name, content] = value.includes('=') ? splitAt(value, '=') : ['', value]
  const encoded = new URLSearchParams([['', content]]).toString().slice(1)
  return name === '' ? encoded : `${name}=${encoded}`
}

function splitAt(text: string, mark: string): [before: string, after: string] {
  const at = text.indexOf(mark)
  return at === -1 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)]
}

function withQuery(url: string, query: readonly string[]): string {
  if (query.length === 0) return url
  const [bare] = splitAt(url, '#')
  return `${bare}${bare.includes('?') ? '&' : '?'}${query.join('&')}`
}
