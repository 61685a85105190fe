import { expect } from 'vitest'
import {
  type AccessGrant,
  createAccessGrant,
  parseAccessGrant,
  restrictAccessGrant,
  serializeAccessGrant,
} from '../access-grant.ts'
import { checkApiKey, parseApiKey, restrictApiKey, serializeApiKey } from '../api-key.ts'
import { decodeBase58Check, encodeBase58Check } from '../base58.ts'
import { bytesOfBase64Url } from '../base64.ts'
import { bytesOf } from '../bytes.ts'
import type { SharePrefix } from '../encryption-access.ts'
import { limitToApiKey } from '../encryption-access.ts'
import { EncryptionStore, type StoreEntry } from '../encryption-store.ts'
import { createMacaroon, parseMacaroon } from '../macaroon.ts'
import { encryptPath, encryptPrefix } from '../path-encryption.ts'
import { fullPermission, noPermission, type Permission, permissionToCaveat } from '../permission.ts'
import { deriveRootKey } from '../root-key.ts'
import { decodeAscii } from '../text.ts'
import { durationOf, timestampFromSeconds } from '../time.ts'
import { anAccessGrant, anApiKey, argon2id, nonce, readOnly, satelliteAddress, secret } from './sample.ts'
import { type Checks, codeOf, Fields, hex, refuses } from './vector.ts'

export const grantChecks: Checks = {
  'grant-literal': ({ inputs, expected }) => {
    const text = inputs.text('access_grant')
    const grant = parseAccessGrant(text)
    expect(hex(decodeBase58Check(text).payload)).toBe(expected.text('raw_hex'))
    expect(grant.satellite_address).toBe(expected.text('satellite'))
    expect(serializeApiKey(grant.api_key)).toBe(expected.text('api_key'))
    expect(hex(grant.api_key.head)).toBe(expected.fields('macaroon').text('head_hex'))
    expect(hex(grant.api_key.tail)).toBe(expected.fields('macaroon').text('tail_hex'))
    const caveats = expected.fields('macaroon').list('caveats')
    expect(grant.api_key.caveats.map(hex)).toEqual(
      caveats.map((caveat) => new Fields(caveat).text('raw_hex')),
    )
    expectKeys(grant, expected)
    expect(grant.encryption_access.default_path_cipher).toBe(expected.number('default_path_cipher'))
    expect(serializeAccessGrant(grant) === text).toBe(expected.raw('reserialized_identical'))
  },

  'grant-literal-asserted': ({ inputs, expected }) => {
    expect(parseAccessGrant(inputs.text('access_grant')).satellite_address).toBe(expected.text('satellite'))
  },

  'grant-end-to-end': async ({ inputs, expected }) => {
    const salt = bytesOfBase64Url(inputs.text('salt_base64').replaceAll('+', '-').replaceAll('/', '_'))
    const root_key = await deriveRootKey({
      passphrase: inputs.text('passphrase'),
      salt,
      argon2id,
      parallelism: inputs.number('argon2_threads'),
    })
    const grant = createAccessGrant({
      satellite_address: inputs.text('satellite'),
      api_key: parseApiKey(inputs.text('api_key')),
      root_key,
      path_cipher: inputs.number('default_path_cipher'),
    })
    expect(serializeAccessGrant(grant)).toBe(expected.text('value'))
  },

  grant: ({ inputs, expected }) => {
    const grant: AccessGrant = {
      satellite_address: inputs.text('satellite'),
      api_key: parseMacaroon(inputs.bytes('api_key_raw_hex')),
      encryption_access: {
        ...(inputs.has('default_key_hex') && { default_key: inputs.bytes('default_key_hex') }),
        default_path_cipher: inputs.number('default_path_cipher'),
        store_entries: [],
      },
    }
    const text = serializeAccessGrant(grant)
    expect(hex(decodeBase58Check(text).payload)).toBe(expected.text('raw_hex'))
    expect(text).toBe(expected.text('serialized'))
    if (!expected.has('default_path_cipher_after_parse')) return
    expect(parseAccessGrant(text).encryption_access.default_path_cipher).toBe(
      expected.number('default_path_cipher_after_parse'),
    )
  },

  'grant-parse': ({ inputs, expected }) => {
    const text = inputs.text('serialized')
    expect(encodeBase58Check(inputs.bytes('raw_hex'), inputs.number('version'))).toBe(text)
    if (expected.raw('ok') !== true) {
      expect(codeOf(() => parseAccessGrant(text))).toMatch(
        /^(?:satellite_address|macaroon|encryption_access|key|store_entry|version|format)$/u,
      )
      return
    }
    const reserialized = serializeAccessGrant(parseAccessGrant(text))
    expect(hex(decodeBase58Check(reserialized).payload)).toBe(expected.text('reserialized_raw_hex'))
    expect(serializeAccessGrant(parseAccessGrant(reserialized))).toBe(reserialized)
  },

  restrict: ({ inputs, expected }) => {
    if (inputs.has('first')) expectNarrowing(inputs, expected)
    else if (inputs.has('steps')) expectChain(inputs, expected)
    else expectRestriction(inputs, expected)
  },

  'restrict-errors': ({ inputs, expected }) => {
    const permission = permissionOf(inputs)
    const act = () => permissionToCaveat(permission, [], nonce)
    const codes: Readonly<Record<string, string>> = {
      'permission is empty': 'permission_empty',
      'invalid time range': 'time_range',
      'non-positive ttl period': 'ttl',
    }
    if (refuses(expected)) expect(codeOf(act)).toBe(codes[expected.text('error')])
    else expect(act().allowed_paths).toEqual([])
  },

  'limit-to': ({ inputs, expected }) => {
    const split = (item: string): SharePrefix & { prefix: string } => {
      const [bucket = '', prefix] = item.split('|')
      return prefix === undefined ? { bucket: 'bucket', prefix: bucket } : { bucket, prefix }
    }
    const apiKey = inputs.list('groups').reduce<ReturnType<typeof anApiKey>>((key, group) => {
      const items = new Fields({ group }).texts('group').map(split)
      const allowed_paths = items.map(({ bucket, prefix }) => ({
        bucket: bytesOf(bucket),
        encrypted_path_prefix: bytesOf(prefix),
      }))
      return restrictApiKey(key, { allowed_paths })
    }, anApiKey())
    const everything = { default_key: new Uint8Array(32), default_path_cipher: 1, store_entries: [] }
    const store = new EncryptionStore(limitToApiKey(everything, apiKey))
    const opens = (item: string) => {
      const { bucket, prefix } = split(item)
      return store.lookupUnencrypted(bucket, prefix).base !== undefined
    }
    expect(expected.texts('valid').filter((item) => !opens(item))).toEqual([])
    expect(expected.texts('invalid').filter(opens)).toEqual([])
  },

  'share-list': ({ inputs, expected }) => {
    const shared = shareTestBucket(inputs.text('share_prefix'))
    expect(mayList(shared, inputs.text('list_prefix'))).toBe(expected.raw('allowed'))
    for (const denied of expected.texts('denied_list_prefixes')) expect(mayList(shared, denied)).toBe(false)
  },

  'share-download': ({ inputs, expected }) => {
    const shared = shareTestBucket(inputs.text('share_prefix'))
    expect(mayUse(shared, 'read', 'a/b/c/test.dat')).toBe(expected.raw('allowed'))
  },

  'share-upload': ({ inputs, expected }) => {
    const shared = shareTestBucket(inputs.text('share_prefix'))
    for (const path of ['first-level-object', 'videos/second-level-object']) {
      expect(mayUse(shared, 'write', path) ? 'allowed' : 'denied').toBe(expected.text(path))
    }
  },
}

function expectRestriction(inputs: Fields, expected: Fields): void {
  const grant = createAccessGrant({
    satellite_address: inputs.has('satellite') ? inputs.text('satellite') : satelliteAddress,
    api_key: createMacaroon({ head: inputs.bytes('head_hex'), secret: inputs.bytes('secret_hex') }),
    root_key: inputs.bytes('default_key_hex'),
    path_cipher: inputs.number('default_path_cipher'),
  })
  const prefixes = inputs.list('prefixes').map((value) => {
    const prefix = new Fields(value)
    return { bucket: prefix.text('bucket'), prefix: prefix.text('prefix') }
  })
  const permission = permissionOf(inputs.fields('permission'))
  const restricted = restrictAccessGrant(grant, permission, prefixes, inputs.bytes('nonce_hex'))
  expect(restricted.api_key.caveats.map(hex)).toEqual([expected.text('caveat_hex')])
  expect(serializeApiKey(restricted.api_key)).toBe(expected.text('api_key'))
  expect(parseAccessGrant(serializeAccessGrant(restricted))).toEqual(restricted)
  if (expected.has('serialized')) expect(serializeAccessGrant(restricted)).toBe(expected.text('serialized'))
  else expectKeys(restricted, expected)
}

/** Restricts again and again, and compares each step. */
function expectChain(inputs: Fields, expected: Fields): void {
  let grant = anAccessGrant(inputs.number('default_path_cipher'))
  const texts = inputs.list('steps').map((value) => {
    const step = new Fields(value)
    const prefixes = step.has('prefix') ? [prefixOf(step.text('prefix'))] : []
    grant = restrictAccessGrant(grant, permissionOf(step), prefixes, nonce)
    return serializeAccessGrant(grant)
  })
  expect(texts).toEqual(expected.list('serialized'))
}

function expectNarrowing(inputs: Fields, expected: Fields): void {
  const first = restrictAccessGrant(anAccessGrant(), fullPermission, [prefixOf(inputs.text('first'))], nonce)
  const second = () => restrictAccessGrant(first, readOnly, [prefixOf(inputs.text('second'))], nonce)
  if (refuses(expected)) expect(codeOf(second)).toBe('missing_encryption_base')
  else expect(serializeAccessGrant(second())).toBe(expected.text('serialized'))
}

const time = timestampFromSeconds(1_700_000_000)

function shareTestBucket(prefix: string): AccessGrant {
  return restrictAccessGrant(anAccessGrant(), fullPermission, [{ bucket: 'testbucket', prefix }], nonce)
}

/** Clients encrypt with the keys they were given, or, lacking them, cannot even ask. */
function mayUse(grant: AccessGrant, op: 'read' | 'write', path: string): boolean {
  const store = new EncryptionStore(grant.encryption_access)
  if (store.lookupUnencrypted('testbucket', path).base === undefined) return false
  const encrypted_path = encryptPath(store, 'testbucket', path)
  const action = { op, bucket: 'testbucket', encrypted_path, time }
  return checkApiKey({ api_key: grant.api_key, secret, version: 7, action }).allowed
}

/** Listing by `a/b/` asks for the encryption of `a/b`; the bucket root needs no key. */
function mayList(grant: AccessGrant, prefix: string): boolean {
  const store = new EncryptionStore(grant.encryption_access)
  const parent = prefix.replace(/\/$/u, '')
  if (parent !== '' && store.lookupUnencrypted('testbucket', parent).base === undefined) return false
  const encrypted_path = encryptPrefix(store, 'testbucket', parent)
  const action = { op: 'list' as const, bucket: 'testbucket', encrypted_path, time }
  return checkApiKey({ api_key: grant.api_key, secret, version: 7, action }).allowed
}

function permissionOf(fields: Fields): Permission {
  const flags = fields.has('allow') && fields.raw('allow') !== 'all' ? fields.texts('allow') : []
  const nanos = (name: string) => (fields.has(name) ? fields.number(name) : 0)
  const time = (name: string) => ({
    seconds: fields.integer(`${name}_seconds`),
    nanos: nanos(`${name}_nanos`),
  })
  return {
    ...(fields.raw('allow') === 'all' ? fullPermission : noPermission),
    ...Object.fromEntries(flags.map((flag) => [`allow_${flag}`, true])),
    ...(fields.has('not_after_seconds') && { not_after: time('not_after') }),
    ...(fields.has('not_before_seconds') && { not_before: time('not_before') }),
    ...(fields.has('max_object_ttl_ns') && {
      max_object_ttl: durationOf(fields.integer('max_object_ttl_ns')),
    }),
  }
}

function prefixOf(text: string): SharePrefix {
  const slash = text.indexOf('/')
  return { bucket: text.slice(0, slash), prefix: text.slice(slash + 1) }
}

function expectKeys({ encryption_access }: AccessGrant, expected: Fields): void {
  const { default_key, store_entries } = encryption_access
  expect(default_key ? hex(default_key) : null).toBe(
    expected.raw('default_key_hex') ?? expected.raw('default_key') ?? null,
  )
  expect(store_entries.map(entryToJson)).toEqual(expected.list('store_entries'))
}

function entryToJson(entry: StoreEntry) {
  return {
    bucket: decodeAscii(entry.bucket),
    encrypted_path_hex: hex(entry.encrypted_path),
    key_hex: hex(entry.key),
    path_cipher: entry.path_cipher,
    unencrypted_path: decodeAscii(entry.unencrypted_path),
  }
}
