import type { GrantFacts, PathFacts } from './describe.ts'
import { placeOf } from './describe-sentences.ts'
import type { Permission } from './permission.ts'
import { compareTimestamps, type Timestamp } from './time.ts'

/** Something the holder or the giver of an access grant probably did not mean. */
export interface GrantWarning {
  readonly code:
    | 'caveat_undecodable'
    | 'no_paths_left'
    | 'no_keys'
    | 'key_missing'
    | 'nothing_allowed'
    | 'never_valid'
    | 'expired'
    | 'not_yet_valid'
    | 'no_end'
    | 'prefix_boundary'
    | 'bucket_unnamed'
    | 'satellite_unknown'
  readonly message: string
}

type Rule = (
  facts: GrantFacts,
  permission: Permission | undefined,
  now: Timestamp | undefined,
) => readonly GrantWarning[]

/** Worst first. */
export function warningsOf(
  facts: GrantFacts,
  permission: Permission | undefined,
  now: Timestamp | undefined,
): readonly GrantWarning[] {
  return [restrictions, keys, times, paths, satellite].flatMap((rule) => rule(facts, permission, now))
}

const restrictions: Rule = ({ actions, reach }, permission) => {
  if (permission === undefined) {
    return warn(
      'caveat_undecodable',
      'A restriction in its API key cannot be decoded, so every request is refused.',
    )
  }
  return [
    ...warnIf(
      reach === 'nothing',
      'no_paths_left',
      'Its path restrictions exclude each other: no path is left.',
    ),
    ...warnIf(
      actions.every(({ allowed }) => !allowed),
      'nothing_allowed',
      'It allows no action; it can only see the names of buckets.',
    ),
  ]
}

const keys: Rule = ({ encryption, paths }) => {
  if (!encryption.has_default_key && encryption.prefix_keys === 0) {
    return warn('no_keys', 'It carries no encryption key: nothing can be read, written or listed by name.')
  }
  return paths
    .filter(({ has_key }) => !has_key)
    .flatMap((path) => warn('key_missing', `It allows ${placeOf(path)}, but carries no key for it.`))
}

const times: Rule = (_, permission, now) => {
  if (permission === undefined) return []
  const { not_after, not_before } = permission
  if (not_after && not_before && compareTimestamps(not_after, not_before) < 0) {
    return warn('never_valid', 'It ends before it begins.')
  }
  return [
    ...warnIf(
      not_after === undefined,
      'no_end',
      'It has no end: it works until its key is revoked or deleted.',
    ),
    ...warnIf(now && not_after && compareTimestamps(now, not_after) > 0, 'expired', 'It has ended.'),
    ...warnIf(
      now && not_before && compareTimestamps(now, not_before) < 0,
      'not_yet_valid',
      'It has not begun.',
    ),
  ]
}

const paths: Rule = (facts) => [
  ...warnIf(
    facts.paths.some(({ bucket_hex }) => bucket_hex === ''),
    'bucket_unnamed',
    'It allows a path without a bucket name, which matches no object; it does not mean all buckets.',
  ),
  ...facts.paths
    .filter((path) => !path.names_encrypted && !endsAtBoundary(path))
    .flatMap((path) =>
      warn(
        'prefix_boundary',
        `Names are not encrypted, so it opens ${placeOf(path)}, with or without a slash after it.`,
      ),
    ),
]

const satellite: Rule = ({ satellite: { node_id } }) =>
  warnIf(
    node_id === undefined,
    'satellite_unknown',
    'The satellite address has no node id, so clients cannot tell that they reached the right one and refuse it.',
  )

/** A prefix that is empty or ends in a slash covers no half names. */
function endsAtBoundary({ encrypted_prefix_hex }: PathFacts): boolean {
  return encrypted_prefix_hex === '' || encrypted_prefix_hex.endsWith('2f')
}

function warnIf(condition: unknown, code: GrantWarning['code'], message: string): readonly GrantWarning[] {
  return condition ? warn(code, message) : []
}

function warn(code: GrantWarning['code'], message: string): readonly GrantWarning[] {
  return [{ code, message }]
}
