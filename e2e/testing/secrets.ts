import { hash } from 'node:crypto'
import { type EncryptionAccess, parseAccessGrant, serializeEncryptionAccess } from '@valetkey/access-grant'

/** Whatever was secret on the wire of a server, and a search for it in what the server leaves behind. */
export interface Secrets {
  /** `kind` is what a leak is called. A text too short to be told from chance is no secret. */
  add(kind: string, secret: string | Uint8Array): void
  /** What the server has to remember, and may tell nobody: the one place where it is not looked for is the database. */
  addRemembered(kind: string, secret: string): void
  /** What a request sent and its answer handed out, by the names of the fields. */
  addExchange(sent: unknown, received: unknown): void
  /** What a browser sealed, and what it sealed it with. */
  addSealed(sealed: { readonly browser_half: string; readonly encryption_access: EncryptionAccess }): void
  /** The first secret that stands in one of the places, as it is or encoded, in words; undefined when none does. */
  findIn(places: Readonly<Record<string, Uint8Array>>): string | undefined
}

const minBytes = 10
const database = 'the database'

/** What tests send that nobody may find again, and what servers hand out to be seen once. */
const sentSecrets: Readonly<Record<string, string>> = {
  client_secret: 'JWT',
  client_assertion: 'JWT',
  code_verifier: 'code verifier',
  passphrase: 'passphrase',
  password: 'password',
  newPassword: 'password',
}
const receivedSecrets: Readonly<Record<string, string>> = {
  client_secret: 'client secret',
  code: 'code',
  token: 'session token',
  access_grant: 'access grant',
  refresh_token: 'refresh token',
  device_code: 'device code',
  user_code: 'user code',
  request_uri: 'request_uri',
  registration_access_token: 'registration access token',
}
/** Nothing for anybody's eyes, and kept until it is handed out. */
const rememberedSecrets: Readonly<Record<string, string>> = {
  sealed_encryption_access: 'sealed encryption access',
  sealed_half: 'sealed half',
}

export function createSecrets(): Secrets {
  const kinds = new Map<string, string>()
  const remembered = new Set<string>()

  function add(kind: string, secret: string | Uint8Array): void {
    const bytes = Buffer.from(secret)
    if (bytes.length >= minBytes) kinds.set(bytes.toString('latin1'), kind)
  }

  function addRemembered(kind: string, secret: string): void {
    add(kind, secret)
    remembered.add(Buffer.from(secret).toString('latin1'))
  }

  function addFields(names: Readonly<Record<string, string>>, body: unknown): void {
    if (typeof body !== 'object' || body === null) return
    for (const [name, value] of Object.entries(body)) {
      const kind = Object.hasOwn(names, name) ? names[name] : undefined
      if (kind === undefined || typeof value !== 'string') continue
      add(kind, value)
      // Both can be used without the text around them.
      if (kind === 'JWT') add('signature of a JWT', value.split('.')[2] ?? '')
      if (kind === 'access grant') addParts(value)
      if (kind === 'code' || kind === 'refresh token') addHalves(kind, value)
      if (kind === 'request_uri') add(kind, value.slice(value.lastIndexOf(':') + 1))
      if (kind === 'user code') addUserCode(value)
    }
  }

  function addHalves(kind: string, value: string): void {
    const [server_half = '', browser_half = ''] = value.split('.')
    add(`first half of a ${kind}`, server_half)
    add(`second half of a ${kind}`, browser_half)
    add(`second half of a ${kind}`, Buffer.from(browser_half, 'base64url'))
  }

  /** Short enough to be guessed from a hash that anybody can compute: no such hash is one that may be kept. */
  function addUserCode(value: string): void {
    const letters = value.replaceAll('-', '')
    kinds.set(letters, 'user code')
    for (const text of [value, letters, value.toLowerCase(), letters.toLowerCase()])
      for (const algorithm of ['sha256', 'sha1', 'md5'])
        add('user code, hashed without a key', hash(algorithm, text, 'buffer'))
  }

  function addParts(access_grant: string): void {
    const { api_key, encryption_access } = parseAccessGrant(access_grant)
    add('tail of an API key', api_key.tail)
    addKeys(encryption_access)
  }

  function addKeys({ default_key, store_entries }: EncryptionAccess): void {
    add('root key', default_key ?? '')
    for (const { key } of store_entries) add('key of a prefix', key)
  }

  function addKept(body: unknown): void {
    if (typeof body !== 'object' || body === null) return
    for (const [name, value] of Object.entries(body)) {
      const kind = Object.hasOwn(rememberedSecrets, name) ? rememberedSecrets[name] : undefined
      if (kind !== undefined && typeof value === 'string') addRemembered(kind, value)
    }
  }

  return {
    add,
    addRemembered,
    addExchange(sent, received) {
      addFields(sentSecrets, sent)
      addFields(receivedSecrets, received)
      addKept(sent)
      addKept(received)
    },
    addSealed({ browser_half, encryption_access }) {
      add('second half of a code', browser_half)
      add('second half of a code', Buffer.from(browser_half, 'base64url'))
      add('sealed encryption access, opened', serializeEncryptionAccess(encryption_access))
      addKeys(encryption_access)
    },
    findIn(places) {
      const needles = [...kinds].flatMap(([text, kind]) =>
        Object.entries(formsOf(Buffer.from(text, 'latin1'))).map(([form, bytes]) => ({
          kind,
          form,
          bytes,
          isRemembered: remembered.has(text),
        })),
      )
      const forgotten = needles.filter(({ isRemembered }) => !isRemembered)
      for (const [place, haystack] of Object.entries(places)) {
        const found = firstOf(place === database ? forgotten : needles, haystack)
        if (found !== undefined) return `a ${found.kind} is in ${place} (${found.form})`
      }
      return undefined
    },
  }
}

/** The encodings a secret could hide in. Base64 of a longer text shows it in one of three alignments. */
function formsOf(secret: Buffer): Readonly<Record<string, Buffer>> {
  const hex = secret.toString('hex')
  const text = secret.toString()
  const texts: Record<string, string> = {
    hex,
    HEX: hex.toUpperCase(),
    URL: encodeURIComponent(text),
    form: new URLSearchParams({ x: text }).toString().slice('x='.length),
  }
  for (const before of [0, 1, 2]) {
    const padded = Buffer.concat([Buffer.alloc(before), secret])
    const [from, to] = [Math.ceil((before * 8) / 6), Math.floor((padded.length * 8) / 6)]
    texts[`base64, ${before} bytes in`] = padded.toString('base64').slice(from, to)
    texts[`base64url, ${before} bytes in`] = padded.toString('base64url').slice(from, to)
  }
  return {
    plain: secret,
    ...Object.fromEntries(Object.entries(texts).map(([form, encoded]) => [form, Buffer.from(encoded)])),
  }
}

interface Needle {
  readonly kind: string
  readonly form: string
  readonly bytes: Buffer
}

/** One pass for all of them, by their first four bytes: thousands of secrets cost no more than one. */
function firstOf(needles: readonly Needle[], haystack: Uint8Array): Needle | undefined {
  const byStart = Map.groupBy(needles, ({ bytes }) => bytes.readInt32BE(0))
  let start = 0
  for (let end = 0; end < haystack.length; end++) {
    start = (start << 8) | (haystack[end] ?? 0)
    const found = byStart
      .get(start)
      ?.find(({ bytes }) => bytes.equals(haystack.subarray(end - 3, end - 3 + bytes.length)))
    if (found !== undefined) return found
  }
  return undefined
}
