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

/** A text as it may be kept: people send secrets where something else belongs, or with it. */
export function withoutSecrets(text: string): string {
  if (text.length < shortest) return text
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
  return Object.fromEntries(
    Object.entries(evidence).map(([name, value]) => {
      if (typeof value === 'string' && !harmless.has(name)) return [name, withoutSecrets(value)]
      return [name, Array.isArray(value) ? value.map(withoutSecrets) : value]
    }),
  )
}

const harmless: ReadonlySet<string> = new Set(['sha256', 'content_type'])
