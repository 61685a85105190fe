import { expect, test } from 'vitest'
import {
  type AccessGrant,
  createAccessGrant,
  parseAccessGrant,
  restrictAccessGrant,
  serializeAccessGrant,
} from './access-grant.ts'
import { restrictApiKey } from './api-key.ts'
import { describeAccessGrant } from './describe.ts'
import { addCaveat } from './macaroon.ts'
import { fullPermission, type Permission } from './permission.ts'
import { anAccessGrant, anApiKey, nonce, readOnly, rootKey } from './testing/sample.ts'
import { encodeUtf8 } from './text.ts'
import { timestampFromSeconds } from './time.ts'

const satellite = '12EayRS2V1kEsWESU9QMRseFhdxYxKicsiFmxrsLZHeLUtdps3S@us1.storj.io:7777'
const until2027: Permission = { ...readOnly, not_after: timestampFromSeconds(1_800_000_000) }

function whole(path_cipher = 2): AccessGrant {
  return createAccessGrant({
    satellite_address: satellite,
    api_key: anApiKey(),
    root_key: rootKey,
    path_cipher,
  })
}

function codes(grant: AccessGrant, seconds?: number): readonly string[] {
  const now = seconds === undefined ? {} : { now: timestampFromSeconds(seconds) }
  return describeAccessGrant(grant, now).warnings.map(({ code }) => code)
}

test('a share of two places is told in words that its giver would use', () => {
  const grant = restrictAccessGrant(
    whole(),
    until2027,
    [{ bucket: 'photos', prefix: '2024/' }, { bucket: 'docs' }],
    nonce,
  )
  const description = describeAccessGrant(grant)
  expect(description.sentences).toEqual([
    'It is for the satellite at "us1.storj.io:7777", node 12EayRS2V1kEsWESU9QMRseFhdxYxKicsiFmxrsLZHeLUtdps3S.',
    'It may download objects and list objects.',
    'It may not upload objects or delete objects.',
    'It reaches everything under "2024" in bucket "photos" and all of bucket "docs".',
    'It works until 2027-01-15T08:00:00Z.',
    'It carries 2 encryption keys, for the paths it was limited to, and not the root key.',
  ])
  expect(description.warnings).toEqual([])
})

test('a whole project is called a whole project, with its root key and without an end', () => {
  const { sentences, warnings } = describeAccessGrant(whole())
  expect(sentences).toContain('It reaches the whole project: every bucket, also those made later.')
  expect(sentences).toContain('It carries the root key, which decrypts everything in the project.')
  expect(warnings.map(({ code }) => code)).toEqual(['no_end'])
})

test('the facts survive JSON and hold no key', () => {
  const grant = restrictAccessGrant(whole(), until2027, [{ bucket: 'photos', prefix: '2024' }], nonce)
  const description = describeAccessGrant(parseAccessGrant(serializeAccessGrant(grant)))
  const json = JSON.stringify(description)
  expect(JSON.parse(json)).toEqual(description)
  const [entry] = grant.encryption_access.store_entries
  const keyHex = Array.from(entry?.key ?? [], (byte) => byte.toString(16).padStart(2, '0')).join('')
  expect(keyHex).toHaveLength(64)
  expect(json).not.toContain(keyHex)
})

test('each action comes with the S3 calls it stands for', () => {
  const { actions } = describeAccessGrant(restrictAccessGrant(whole(), readOnly, [], nonce))
  const allowed = actions.filter((action) => action.allowed).map(({ flag }) => flag)
  expect(allowed).toEqual(['allow_download', 'allow_list'])
  expect(actions.find(({ flag }) => flag === 'allow_upload')).toMatchObject({
    object_operations: expect.arrayContaining(['PutObject', 'UploadPart']),
    bucket_operations: expect.arrayContaining(['CreateBucket']),
  })
})

test('a share whose keys are gone is called dead', () => {
  const narrow = restrictAccessGrant(whole(), fullPermission, [{ bucket: 'b1', prefix: 'a' }], nonce)
  const dead = restrictAccessGrant(narrow, until2027, [{ bucket: 'b2' }], nonce)
  expect(codes(dead)).toEqual(['no_paths_left', 'no_keys'])
})

test('a path that is allowed without a key for it is named', () => {
  const narrow = restrictAccessGrant(
    whole(),
    until2027,
    [{ bucket: 'b1', prefix: 'a' }, { bucket: 'b2' }],
    nonce,
  )
  const { encryption_access } = narrow
  const store_entries = encryption_access.store_entries.slice(1)
  const description = describeAccessGrant({
    ...narrow,
    encryption_access: { ...encryption_access, store_entries },
  })
  expect(description.warnings).toEqual([
    {
      code: 'key_missing',
      message: 'It allows a prefix in bucket "b1" that its keys do not open, but carries no key for it.',
    },
  ])
})

test('a caveat that cannot be decoded is the first thing said', () => {
  const grant = { ...whole(), api_key: addCaveat(anApiKey(), Uint8Array.of(0xff)) }
  const description = describeAccessGrant(grant)
  expect(description.warnings[0]?.code).toBe('caveat_undecodable')
  expect(description.reach).toBe('nothing')
  expect(description.api_key.caveats).toEqual([{ undecodable_hex: 'ff' }])
  expect(description.actions.some(({ allowed }) => allowed)).toBe(false)
})

test('with plain names a prefix also opens what only begins like it, unless it ends in a slash', () => {
  const share = (prefix: string) => restrictAccessGrant(whole(1), until2027, [{ bucket: 'b', prefix }], nonce)
  expect(codes(share('foo/'))).toEqual(['prefix_boundary'])
  expect(codes(share('foo//'))).toEqual([])
  expect(codes(share(''))).toEqual([])
  expect(describeAccessGrant(share('foo')).sentences).toContain(
    'It reaches everything that begins with "foo" in bucket "b".',
  )
})

test('the clock, if one is given, tells what has ended and what has not begun', () => {
  const from = { ...until2027, not_before: timestampFromSeconds(1_700_000_000) }
  const grant = restrictAccessGrant(whole(), from, [], nonce)
  expect(codes(grant)).toEqual([])
  expect(codes(grant, 1_699_999_999)).toEqual(['not_yet_valid'])
  expect(codes(grant, 1_700_000_000)).toEqual([])
  expect(codes(grant, 1_800_000_000)).toEqual([])
  expect(codes(grant, 1_800_000_001)).toEqual(['expired'])
})

test('what contradicts itself is called so', () => {
  const first = restrictAccessGrant(whole(), { ...readOnly, not_before: timestampFromSeconds(2) }, [], nonce)
  expect(
    codes(restrictAccessGrant(first, { ...readOnly, not_after: timestampFromSeconds(1) }, [], nonce)),
  ).toEqual(['never_valid'])
  const upload = { ...fullPermission, allow_download: false, allow_list: false }
  const nothing = restrictApiKey(restrictAccessGrant(first, upload, [], nonce).api_key, {
    disallow_reads: true,
  })
  expect(describeAccessGrant({ ...whole(), api_key: nothing }).sentences).toContain(
    'It may do nothing with objects.',
  )
})

test('a path without a bucket name is not all buckets', () => {
  const none = new Uint8Array()
  const api_key = restrictApiKey(anApiKey(), {
    allowed_paths: [{ bucket: none, encrypted_path_prefix: none }],
  })
  expect(codes(createAccessGrant({ satellite_address: satellite, api_key, root_key: rootKey }))).toContain(
    'bucket_unnamed',
  )
})

test('an address without a node id is one that clients refuse', () => {
  expect(codes(anAccessGrant())).toContain('satellite_unknown')
  const known = { ...whole(), satellite_address: 'saturn.tardigrade.io:7777' }
  expect(describeAccessGrant(known).satellite.node_id).toBe(
    '121RTSDpyNZVcEU84Ticf2L1ntiuUimbWgfATz21tuvgk3vzoA6',
  )
})

test('a name cannot write to the terminal or turn the text around', () => {
  const bucket = 'b\u001b[2J\u009b\u202e'
  const grant = restrictAccessGrant(whole(), until2027, [{ bucket }], nonce)
  const said = describeAccessGrant(grant).sentences.join('\n')
  expect(said).toContain('bucket "b\\u001b[2J\\u009b\\u202e"')
  const binary = restrictAccessGrant(
    whole(),
    until2027,
    [{ bucket: Uint8Array.of(0xff) }, { bucket: encodeUtf8('b') }],
    nonce,
  )
  expect(describeAccessGrant(binary).sentences.join('\n')).toContain('bucket 0xff')
})
