import { randomBytes } from 'node:crypto'
import {
  describeAccessGrant,
  fullPermission,
  type Permission,
  restrictAccessGrant,
  type SharePrefix,
  serializeAccessGrant,
  timestampFromSeconds,
} from '@valetkey/access-grant'
import { actions, type ScopeAction } from '@valetkey/protocol'
import { permissionOf } from '@valetkey/server'
import type { Command } from 'commander'
import { accessGrantArgument, accessGrantOf } from '../access-grant-argument.ts'
import { UsageError } from '../errors.ts'
import { collect, examples, jsonOption, time } from '../options.ts'
import { type Cli, printJson } from '../terminal.ts'

interface Options {
  readonly allow?: readonly string[]
  readonly prefix?: readonly string[]
  readonly notBefore?: number
  readonly notAfter?: number
  readonly json?: true
}

export function define(command: Command, cli: Cli): void {
  command
    .description(
      'Make a narrower access grant, offline. The given one keeps working; the new one ends with it at the latest.',
    )
    .addArgument(accessGrantArgument())
    .option(
      '--allow <actions>',
      `what stays allowed: ${actions.join(',')}; without it, all that was`,
      collect,
    )
    .option('--prefix <bucket/prefix>', 'where: a bucket, or a prefix in it; repeat it for several', collect)
    .option('--not-before <time>', 'from when on', time)
    .option('--not-after <time>', 'until when', time)
    .addOption(jsonOption())
    .action((accessGrant: string, options: Options) => restrict(cli, accessGrant, options))
  examples(
    command,
    'valetkey access restrict - --allow read,list --prefix photos/2026 --not-after 2026-12-31 < access-grant.txt',
    'valetkey access restrict "$ACCESS_GRANT" --allow read',
  )
}

async function restrict(cli: Cli, given: string, options: Options): Promise<void> {
  const { allow, prefix = [], notBefore, notAfter, json } = options
  if (allow === undefined && prefix.length === 0 && notBefore === undefined && notAfter === undefined) {
    throw new UsageError('say at least one of --allow, --prefix, --not-before and --not-after')
  }
  const permission: Permission = {
    ...(allow === undefined ? fullPermission : allowing(allow.flatMap((list) => list.split(',')))),
    ...(notBefore === undefined ? {} : { not_before: timestampFromSeconds(notBefore) }),
    ...(notAfter === undefined ? {} : { not_after: timestampFromSeconds(notAfter) }),
  }
  const accessGrant = await accessGrantOf(cli, given)
  const restricted = restrictAccessGrant(
    accessGrant,
    permission,
    prefix.map(placeOf),
    randomBytes(nonceBytes),
  )
  const narrower = serializeAccessGrant(restricted)
  // It may have become a grant that opens nothing, which the format allows and nobody wants.
  for (const { message } of describeAccessGrant(restricted).warnings) cli.err.line(`! ${message}`)
  if (json) printJson(cli, { access_grant: narrower })
  else cli.out.line(narrower)
}

/** Without it, equal restrictions would be one key and share one revocation. */
const nonceBytes = 4

/** The rights that scopes of these names stand for, without an end. */
function allowing(names: readonly string[]): Permission {
  const wanted = names.map((name) => name.trim()).filter((name) => name !== '')
  const unknown = wanted.find((name) => !isAction(name))
  if (unknown !== undefined || wanted.length === 0)
    throw new UsageError(`--allow takes ${actions.join(', ')}, separated by commas`)
  const { not_after: _, ...rights } = permissionOf(
    { actions: wanted.filter(isAction), places: [] },
    0,
  ).permission
  return rights
}

const isAction = (name: string): name is ScopeAction => actions.some((action) => action === name)

function placeOf(text: string): SharePrefix {
  const [bucket = '', ...path] = text.split('/')
  if (bucket === '') throw new UsageError('--prefix begins with the name of a bucket')
  return { bucket, prefix: path.join('/') }
}
