import { argon2Sync } from 'node:crypto'
import {
  AccessGrantError,
  type Argon2id,
  allowedBuckets,
  checkApiKey,
  createAccessGrant,
  decodeBase58Check,
  decryptPath,
  deriveRootKey,
  encodeBase58Check,
  encryptPath,
  encryptPrefix,
  formatNodeUrl,
  formatShareUrl,
  maxObjectTtl,
  nanosecondsOf,
  overrideKey,
  parseAccessGrant,
  parseApiKey,
  parseCaveat,
  parseNodeUrl,
  pathKey,
  prefixInfo,
  restrictAccessGrant,
  serializeCaveat,
} from '../packages/access-grant/src/index.ts'
import { textOfAnyBytes } from '../packages/access-grant/src/text.ts'
import { hex, unhex } from './inputs.ts'
import type { Ruling } from './judge.ts'
import type { GoAccessGrant, Hex, Verbs } from './questions.ts'
import {
  apiKeyOf,
  caveatOf,
  encryptionAccessOf,
  permissionOf,
  shownApiKey,
  shownCaveat,
  shownGrant,
  shownPath,
  storeAndPath,
  timestampOf,
} from './translation.ts'

/** The same questions, put to our own library, answered in the judge's words. */
export async function ask<Verb extends keyof Answers>(
  verb: Verb,
  form: Verbs[Verb]['form'],
): Promise<Ruling<Verbs[Verb]['answer']>> {
  return attempt(() => answers[verb](form))
}

/** Restricts with the nonce that Go drew. */
export function restrict(
  form: Verbs['restrict_access_grant']['form'],
  nonce: Hex,
): Promise<Ruling<GoAccessGrant>> {
  const prefixes = form.prefixes.map(({ bucket, prefix }) => ({
    bucket: unhex(bucket),
    prefix: unhex(prefix),
  }))
  return attempt(() => {
    const access = parseAccessGrant(form.access_grant)
    return shownGrant(restrictAccessGrant(access, permissionOf(form.permission), prefixes, unhex(nonce)))
  })
}

/** Only an AccessGrantError is a refusal. Anything else that is thrown is a bug, and passes through. */
async function attempt<Answer>(answer: () => Answer | Promise<Answer>): Promise<Ruling<Answer>> {
  try {
    return { answer: await answer() }
  } catch (error) {
    if (error instanceof AccessGrantError) return { refusal: error.code }
    throw error
  }
}

type Answers = Omit<Verbs, 'restrict_access_grant' | 'share_access_grant'>

const answers: {
  [Verb in keyof Answers]: (form: Verbs[Verb]['form']) => Answer<Verb> | Promise<Answer<Verb>>
} = {
  decode_access_grant: ({ access_grant }) => ({
    ...shownGrant(parseAccessGrant(access_grant)),
    received: hex(decodeBase58Check(access_grant).payload),
  }),

  create_access_grant: ({ satellite_address, api_key, encryption_access }) =>
    shownGrant(
      createAccessGrant({
        satellite_address: textOfAnyBytes(unhex(satellite_address)),
        api_key: apiKeyOf(api_key),
        encryption_access: encryptionAccessOf(encryption_access),
      }),
    ),

  override_key: async ({ access_grant, bucket, prefix, passphrase, salt }) => {
    const grant = parseAccessGrant(access_grant)
    const user = { passphrase: unhex(passphrase), salt: unhex(salt), argon2id, parallelism: 1 }
    const form = { bucket: unhex(bucket), prefix: unhex(prefix), key: await deriveRootKey(user) }
    return shownGrant({ ...grant, encryption_access: overrideKey(grant.encryption_access, form) })
  },

  decode_api_key: ({ api_key }) => shownApiKey(parseApiKey(api_key)),

  create_api_key: (form) => shownApiKey(apiKeyOf(form)),

  check_api_key: ({ api_key, secret, version, action, revoked = [] }) => {
    const key = parseApiKey(api_key)
    const asked = {
      op: action.op,
      bucket: unhex(action.bucket),
      encrypted_path: unhex(action.encrypted_path),
      time: timestampOf(action.time),
    }
    const isRevoked = (tails: readonly Uint8Array[]) => tails.some((tail) => revoked.includes(hex(tail)))
    const decision = checkApiKey({ api_key: key, secret: unhex(secret), version, action: asked, isRevoked })
    if (!decision.allowed) return { decision: decision.reason }
    const buckets = allowedBuckets(key, asked)
    if ('allowed' in buckets) throw new Error(`allowed, but no bucket is: ${buckets.explanation}`)
    const named = buckets.all ? [] : buckets.buckets.map(hex)
    const ttl = maxObjectTtl(key)
    return {
      decision: 'ok',
      allowed_buckets: { all: buckets.all, ...(named.length > 0 && { named }) },
      ...(ttl && { max_object_ttl: String(nanosecondsOf(ttl)) }),
    }
  },

  decode_caveat: ({ raw }) => shownCaveat(parseCaveat(unhex(raw))),

  encode_caveat: (caveat) => ({ raw: hex(serializeCaveat(caveatOf(caveat))) }),

  derive_root_key: async ({ passphrase, salt, path, parallelism }) => ({
    key: hex(
      await deriveRootKey({
        passphrase: unhex(passphrase),
        salt: unhex(salt),
        path: unhex(path),
        parallelism,
        argon2id,
      }),
    ),
  }),

  encrypt_path: (form) => ({ path: hex(encryptPath(...storeAndPath(form))) }),

  encrypt_prefix: (form) => ({ path: hex(encryptPrefix(...storeAndPath(form))) }),

  decrypt_path: (form) => ({ path: hex(decryptPath(...storeAndPath(form))) }),

  derive_path_key: (form) => ({ key: hex(pathKey(...storeAndPath(form))) }),

  describe_prefix: (form) => {
    const { path_cipher, path, parent } = prefixInfo(...storeAndPath(form))
    return { path_cipher, path: shownPath(path), parent: shownPath(parent) }
  },

  parse_node_url: ({ text }) => {
    const url = parseNodeUrl(text)
    return { ...(url.id && { id: hex(url.id) }), address: url.address, text: formatNodeUrl(url) }
  },

  format_share_url: ({ bucket, key, ...form }) => ({
    url: formatShareUrl({ ...form, bucket: unhex(bucket), key: unhex(key) }),
  }),

  decode_base58check: ({ text }) => {
    const { version, payload } = decodeBase58Check(text)
    return { version, payload: hex(payload) }
  },

  encode_base58check: ({ version, payload }) => ({ text: encodeBase58Check(unhex(payload), version) }),
}

type Answer<Verb extends keyof Verbs> = Verbs[Verb]['answer']

const argon2id: Argon2id = async ({ password, salt, time, memory_kib, parallelism, length }) =>
  argon2Sync('argon2id', {
    message: password,
    nonce: salt,
    passes: time,
    memory: memory_kib,
    parallelism,
    tagLength: length,
  })
