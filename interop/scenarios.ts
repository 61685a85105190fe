import fc from 'fast-check'
import {
  anyTimestamp,
  awkwardBytes,
  bucket,
  caveat,
  cipher,
  encryptionAccess,
  hex,
  key,
  path,
  permission,
  satellite_address,
  unhex,
  utf8,
} from './inputs.ts'
import { concat } from './noise.ts'
import { noisyCaveat } from './noisy-inputs.ts'
import type {
  CheckForm,
  CreateForm,
  GoPermission,
  OverrideForm,
  PathForm,
  RootForm,
  ShareUrlForm,
  Verbs,
} from './questions.ts'

/** What belongs in no base58 text, and what does. */
export const typo: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom('', '0', 'O', 'l', 'I', ' ', '\n', '1', '11', 'ш', '\u{1F511}', '\ud800'),
  fc.constantFrom(...'23456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz'),
)

/** Heads and secrets of every length, around the block size of the hash too. */
export const root: fc.Arbitrary<RootForm> = fc.record({
  head: fc.uint8Array({ maxLength: 40 }).map(hex),
  secret: fc
    .oneof(fc.uint8Array({ minLength: 32, maxLength: 32 }), fc.uint8Array({ maxLength: 130 }))
    .map(hex),
  caveats: fc.array(noisyCaveat.map(hex), { maxLength: 3 }),
})

/** An action, some caveats it meets or misses, and what may be wrong with the key. */
export interface Scenario {
  root: RootForm
  caveats: Verbs['encode_caveat']['form'][]
  version: number
  action: CheckForm['action']
  /** Flips a bit of the key. */
  damage?: number
  /** A secret that did not sign it. */
  stranger?: string
  /** Revokes the key that has only this many of its caveats. */
  revoked?: number
}

const op = fc.oneof(
  { weight: 12, arbitrary: fc.integer({ min: 1, max: 15 }) },
  { weight: 1, arbitrary: fc.constantFrom(-1, 0, 16, 17, 1000) },
)

/** Aims at one of the paths that a caveat allows, when there is one and the dice want it. */
function aimed(
  caveats: Scenario['caveats'],
  { bucket, path, aim }: { bucket: string; path: string; aim: number | null },
) {
  const targets = caveats.flatMap(({ allowed_paths = [] }) => allowed_paths)
  const target = aim === null ? undefined : targets[aim % targets.length]
  if (target === undefined) return { bucket, encrypted_path: path }
  return { bucket: target.bucket, encrypted_path: target.encrypted_path_prefix + path }
}

export const scenario: fc.Arbitrary<Scenario> = fc
  .record({
    root: root.map((r) => ({ ...r, caveats: [] })),
    unreadable: fc.oneof(
      { weight: 9, arbitrary: fc.constant<string[]>([]) },
      { weight: 2, arbitrary: fc.array(noisyCaveat.map(hex), { maxLength: 2 }) },
    ),
    caveats: fc.oneof(fc.array(caveat, { maxLength: 1 }), fc.array(caveat, { maxLength: 3 })),
    version: fc.oneof(fc.constant(7), fc.nat(7)),
    action: fc.record({ op, time: anyTimestamp }),
    place: fc.record({ bucket: bucket.map(hex), path: path.map(hex), aim: fc.option(fc.nat()) }),
    trouble: fc.oneof(
      { weight: 12, arbitrary: fc.constant({}) },
      { weight: 2, arbitrary: fc.record({ damage: fc.nat() }) },
      { weight: 1, arbitrary: fc.record({ stranger: key.map(hex) }) },
      { weight: 3, arbitrary: fc.record({ revoked: fc.nat(4) }) },
    ),
  })
  .map(({ root, unreadable, caveats, version, action, place, trouble }) => ({
    root: { ...root, caveats: unreadable },
    caveats,
    version,
    action: { ...action, ...aimed(caveats, place) },
    ...trouble,
  }))

const rawCaveats = fc.oneof(
  { weight: 4, arbitrary: fc.constant<string[]>([]) },
  { weight: 1, arbitrary: fc.array(noisyCaveat.map(hex), { maxLength: 2 }) },
)

/** Everything that goes into an access grant, whether or not it fits together. */
export const creation: fc.Arbitrary<CreateForm> = fc.record({
  satellite_address: fc
    .oneof(
      { weight: 12, arbitrary: satellite_address },
      { weight: 1, arbitrary: fc.constant(new Uint8Array()) },
    )
    .map(hex),
  api_key: fc.tuple(root, rawCaveats).map(([one, caveats]) => ({ ...one, caveats })),
  encryption_access: encryptionAccess,
})

/** A whole access grant, as a project hands it out: unrestricted, with its root key. */
const wholeGrant: fc.Arbitrary<CreateForm> = fc.record({
  satellite_address: satellite_address.map(hex),
  api_key: root.map((one) => ({ ...one, caveats: [] })),
  encryption_access: fc.record({ default_key: key.map(hex), default_path_cipher: cipher }),
})

export interface Step {
  permission: GoPermission
  /** Below the prefix of the step before with that number, modulo how many it has; null for anywhere. */
  prefixes: { inside: number | null; bucket: Uint8Array; prefix: Uint8Array; slash: boolean }[]
  /** The next step restricts the access grant of ours; otherwise that of Go. */
  own_next: boolean
}

const step: fc.Arbitrary<Step> = fc.record({
  permission,
  prefixes: fc.array(
    fc.record({ inside: fc.option(fc.nat(), { freq: 4 }), bucket, prefix: path, slash: fc.boolean() }),
    { maxLength: 3 },
  ),
  own_next: fc.boolean(),
})

/** An access grant, and how it is narrowed, step by step. Mostly from a whole one. */
export const restrictions: fc.Arbitrary<{ form: CreateForm; steps: Step[] }> = fc.record({
  form: fc.oneof({ weight: 5, arbitrary: wholeGrant }, { weight: 1, arbitrary: creation }),
  steps: fc.array(step, { minLength: 1, maxLength: 4 }),
})

/** The steps with their prefixes spelt out: mostly below the prefixes of the step before. */
export function nested(steps: readonly Step[]) {
  let outer: { bucket: Uint8Array; prefix: Uint8Array }[] = []
  return steps.map(({ permission, prefixes, own_next }) => {
    const inner = prefixes.map(({ inside, bucket, prefix }) => {
      const above = inside === null ? undefined : outer[inside % outer.length]
      if (above === undefined) return { bucket, prefix }
      return {
        bucket: above.bucket,
        prefix: above.prefix.length === 0 ? prefix : concat(above.prefix, utf8('/'), prefix),
      }
    })
    if (inner.length > 0) outer = inner
    const spelt = inner.map(({ bucket, prefix }, i) => ({
      bucket: hex(bucket),
      prefix: hex(prefixes[i]?.slash ? concat(prefix, utf8('/')) : prefix),
    }))
    return { permission, prefixes: spelt, own_next }
  })
}

/** A path, and a store that holds its key by default, by an entry on the way, or not at all. */
export const pathQuestion: fc.Arbitrary<PathForm> = fc
  .record({
    encryption_access: encryptionAccess,
    bucket,
    path,
    inside: fc.option(fc.nat(), { freq: 2 }),
    below: path,
  })
  .map(({ encryption_access, bucket, path, inside, below }) => {
    const entries = encryption_access.store_entries ?? []
    const entry = inside === null ? undefined : entries[inside % entries.length]
    if (entry === undefined) return { encryption_access, bucket: hex(bucket), path: hex(path) }
    const above = unhex(entry.unencrypted_path)
    const inner = above.length === 0 ? below : concat(above, utf8('/'), below)
    return { encryption_access, bucket: entry.bucket, path: hex(inner) }
  })

const passphrase = fc.oneof(
  fc.constant(new Uint8Array()),
  fc.string({ unit: 'binary' }).map(utf8),
  awkwardBytes,
)
const salt = fc
  .constantFrom(16, 32)
  .chain((length) => fc.uint8Array({ minLength: length, maxLength: length }))

export const rootKeyQuestion: fc.Arbitrary<Verbs['derive_root_key']['form']> = fc.record({
  passphrase: passphrase.map(hex),
  salt: salt.map(hex),
  path: fc.oneof(fc.constant(new Uint8Array()), path).map(hex),
  parallelism: fc.constantFrom(1, 8),
})

/** Whose access grant, which part of it, and for which user. */
export const overriding: fc.Arbitrary<{ form: CreateForm; user: Omit<OverrideForm, 'access_grant'> }> =
  fc.record({
    form: wholeGrant,
    user: fc.record({
      bucket: bucket.map(hex),
      prefix: fc
        .tuple(path, fc.constantFrom('/', '/', '/', ''))
        .map(([prefix, slash]) => hex(concat(prefix, utf8(slash)))),
      passphrase: passphrase.map(hex),
      salt: salt.map(hex),
    }),
  })

const nodeId = '12EayRS2V1kEsWESU9QMRseFhdxYxKicsiFmxrsLZHeLUtdps3S'

/** What uplink accepts as it is. */
export const uplinkSatellite = hex(utf8(`${nodeId}@us1.storj.io:7777`))

/** The pieces of a satellite address, and whether each is as it should be. */
const piece = (good: readonly string[], odd: readonly string[]) =>
  fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(...good).map((text) => ({ text, good: true })) },
    { weight: 1, arbitrary: fc.constantFrom(...odd).map((text) => ({ text, good: false })) },
  )

const port = piece([':7777', ''], [':', ':port', ':99999', ':-1'])
const end = piece(['', '', '/'], ['/path', '//', '#fragment', '?'])
const goodQuery = [
  '',
  '',
  '?debounce=3',
  '?f=1f',
  '?noise_proto=1&noise_pub=11An6UeerQM6',
  '?unknown=1',
  '?debounce=3&f=0',
]
const oddQuery = [
  '?debounce=x',
  '?f=xyz',
  '?noise_pub=0',
  '?f=1&f=2',
  '?debounce=0x10',
  '?f=ffffffffffffffffff',
  '?debounce=-1',
  '?a;b',
  '?debounce=%33',
  '??f=1',
]

export const nodeUrl: fc.Arbitrary<{ text: string; good: boolean }> = fc
  .tuple(
    piece(['', 'storj://'], ['http://', 'STORJ://', 'storj:', '//']),
    piece(['', `${nodeId}@`], ['@', 'sat@', `${nodeId.slice(1)}@`, `${nodeId}:secret@`]),
    piece(
      ['us1.storj.io', '127.0.0.1', '[::1]', 'localhost'],
      ['', '[::1', 'a b', '::1', 'h\u0000st', 'спутник', 'a_b'],
    ),
    port,
    end,
    piece(goodQuery, oddQuery),
  )
  .map((pieces) => ({
    text: pieces.map(({ text }) => text).join(''),
    good: pieces.every(({ good }) => good),
  }))

export const shareUrlQuestion: fc.Arbitrary<ShareUrlForm> = fc.record({
  base_url: fc.constantFrom(
    'https://link.storjshare.io',
    'https://link.storjshare.io/',
    'http://localhost:8080',
    'https://share.example/a/b//',
  ),
  access_key_id: fc.constantFrom('l5pucy3dmvzxgs3fpfewix27l5pq', 'l5pucy3dmvzxgs3fpfewix27l5pq', ''),
  bucket: fc
    .oneof({ weight: 3, arbitrary: fc.constant(utf8('photos')) }, { weight: 1, arbitrary: bucket })
    .map(hex),
  key: fc
    .oneof(path, fc.string().map(utf8), fc.constant(utf8("a!b'c(d)*e?f#g%h+i j&k=l;m:n@o,p$q~r[s]")))
    .map(hex),
  raw: fc.boolean(),
})
