import type { Evidence } from './token-request.ts'

/** Nothing shorter is worth guarding, or looking through: most of what a trace keeps. */
const shortest = 9

/** A client secret of ours or from elsewhere, a JWT or its beginning. */
const knownForms = /vks_\w{20,}|\$2[aby]\$\d\d\$[./\w]{20,}|eyJ[\w-]{8,}(?:\.[\w-]*)*/gi
/** Whatever has the length of a code, a verifier, a key or an access grant, in any of the usual alphabets. */
const longRun = /[\w+/=~-]{32,}/g
const longPart = /[\w+~-]{32,}/g
/** A `client_id`, or one that was mistyped: what near misses are found by. */
const almostUuid = /^(?:[\da-z]{6,10}-(?:[\da-z]{3,5}-){3}[\da-z]{10,14}|[\da-f]{32})$/i

/** As long as a secret, and told to many who send one. */
const formType = 'application/x-www-form-urlencoded'

/** Parameters whose values nobody is to read, in an address as it is or percent-encoded. */
const secretParameter =
  /((?:[?&#;]|%3f|%26|%23)[\w.-]*(?:code|secret|verifier|passphrase|password|token|key)(?:=|%3d))(?:(?!%26|%23)[^&#;])*/gi
const userInfo = /(?<=^[a-z][a-z0-9+.-]*:\/\/)[^/?#@]*@/i

/** What any of these has: most texts are done with after one look. */
const suspicious = /[?&#;%@$]|vks_|eyJ|[\w+/=~-]{32}/i
const uuid = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/

/** A text as it may be kept: people send secrets where something else belongs, or with it. */
export function withoutSecrets(text: string): string {
  if (text.length < shortest || !suspicious.test(text) || uuid.test(text)) return text
  const known = text.replaceAll(secretParameter, '$1(secret)').replaceAll(knownForms, '(secret)')
  const isAddress = /^[a-z][a-z0-9+.-]*:\/\//i.test(known)
  return known
    .replace(userInfo, '(secret)@')
    .replaceAll(isAddress ? longPart : longRun, (run) =>
      run.toLowerCase() === formType || almostUuid.test(run) ? run : '(secret)',
    )
}

/** Evidence as it may be kept. A fingerprint looks like a secret, and a media type is as long as one. */
export function evidenceWithoutSecrets(evidence: Evidence): Evidence {
  const clean: Record<string, Evidence[string]> = {}
  for (const [name, value] of Object.entries(evidence)) {
    if (typeof value === 'string') clean[name] = harmless.has(name) ? value : withoutSecrets(value)
    else clean[name] = Array.isArray(value) ? value.map(withoutSecrets) : value
  }
  return clean
}

const harmless: ReadonlySet<string> = new Set(['sha256', 'content_type'])
