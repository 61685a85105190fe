import type { ActionFacts, GrantFacts, PathFacts } from './describe.ts'
import type { PermissionFlag } from './permission.ts'

const verbs: { readonly [flag in PermissionFlag]: string } = {
  allow_download: 'download objects',
  allow_upload: 'upload objects',
  allow_list: 'list objects',
  allow_delete: 'delete objects',
  allow_lock: 'lock objects (old style)',
  allow_put_object_retention: 'set retention periods',
  allow_get_object_retention: 'read retention periods',
  allow_put_object_legal_hold: 'set legal holds',
  allow_get_object_legal_hold: 'read legal holds',
  allow_bypass_governance_retention: 'bypass governance retention',
  allow_put_bucket_object_lock_configuration: 'configure object lock on buckets',
  allow_get_bucket_object_lock_configuration: 'read the object lock configuration of buckets',
  allow_put_bucket_notification_configuration: 'configure notifications of buckets',
  allow_get_bucket_notification_configuration: 'read the notification configuration of buckets',
}

/** The facts in plain English, most important first. Names are quoted, and control characters in them escaped. */
export function sentencesOf(facts: GrantFacts): readonly string[] {
  return [
    satelliteSentence(facts),
    ...actionSentences(facts.actions),
    reachSentence(facts),
    timeSentence(facts),
    ...(facts.max_object_ttl_seconds === undefined
      ? []
      : [`New objects live at most ${facts.max_object_ttl_seconds} seconds.`]),
    keySentence(facts),
  ]
}

/** Where a path is, in words: `everything under "2024" in bucket "photos"`. */
export function placeOf(path: PathFacts): string {
  const bucket = path.bucket === undefined ? `bucket 0x${path.bucket_hex}` : `bucket ${quoted(path.bucket)}`
  if (path.encrypted_prefix_hex === '') return `all of ${bucket}`
  if (path.prefix === undefined) return `a prefix in ${bucket} that its keys do not open`
  return path.names_encrypted
    ? `everything under ${quoted(path.prefix)} in ${bucket}`
    : `everything that begins with ${quoted(path.prefix)} in ${bucket}`
}

/** JSON quoting, and escapes for what could move the cursor or turn the direction of text. */
export function quoted(text: string): string {
  const unsafe = /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu
  const escaped = (char: string) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`
  return JSON.stringify(text).replace(unsafe, escaped)
}

function satelliteSentence({ satellite }: GrantFacts): string {
  if (satellite.host === undefined) return `It is for the satellite ${quoted(satellite.address)}.`
  const node = satellite.node_id === undefined ? '' : `, node ${satellite.node_id}`
  return `It is for the satellite at ${quoted(satellite.host)}${node}.`
}

const basicFlags: readonly PermissionFlag[] = ['allow_download', 'allow_upload', 'allow_list', 'allow_delete']

function actionSentences(actions: readonly ActionFacts[]): readonly string[] {
  const may = actions.filter(({ allowed }) => allowed)
  const mayNot = actions.filter(({ allowed, flag }) => !allowed && basicFlags.includes(flag))
  if (may.length === 0) return ['It may do nothing with objects.']
  if (may.length === actions.length) return ['It may do everything with objects and buckets.']
  return [
    `It may ${listed(verbsOf(may), 'and')}.`,
    ...(mayNot.length > 0 ? [`It may not ${listed(verbsOf(mayNot), 'or')}.`] : []),
  ]
}

function verbsOf(actions: readonly ActionFacts[]): readonly string[] {
  return actions.map(({ flag }) => verbs[flag])
}

function reachSentence({ reach, paths }: GrantFacts): string {
  if (reach === 'project') return 'It reaches the whole project: every bucket, also those made later.'
  if (reach === 'nothing') return 'It reaches nothing: its restrictions exclude each other or cannot be read.'
  return `It reaches ${listed(paths.map(placeOf), 'and')}.`
}

function timeSentence({ not_before, not_after }: GrantFacts): string {
  if (not_before && not_after) return `It works from ${not_before} until ${not_after}.`
  if (not_after) return `It works until ${not_after}.`
  if (not_before) return `It works from ${not_before} on, without an end.`
  return 'It works without an end, until its key is revoked or deleted.'
}

function keySentence({ encryption }: GrantFacts): string {
  if (encryption.has_default_key) return 'It carries the root key, which decrypts everything in the project.'
  if (encryption.prefix_keys === 0) return 'It carries no encryption key.'
  const keys =
    encryption.prefix_keys === 1 ? 'one encryption key' : `${encryption.prefix_keys} encryption keys`
  return `It carries ${keys}, for the paths it was limited to, and not the root key.`
}

function listed(items: readonly string[], word: 'and' | 'or'): string {
  const last = items.at(-1) ?? ''
  return items.length < 2 ? last : `${items.slice(0, -1).join(', ')} ${word} ${last}`
}
