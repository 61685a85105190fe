import { type Restored, readSettings, restore, settleRestored } from '@valetkey/server'
import type { Command } from 'commander'
import { UsageError } from '../errors.ts'
import { orRefused, withLocalStore } from '../local-store.ts'
import { examples, jsonOption } from '../options.ts'
import { type Cli, printFields, printJson, printWrapped } from '../terminal.ts'

interface Options {
  readonly afterPgRestore?: true
  readonly json?: true
}

export function define(command: Command, cli: Cli): void {
  command
    .description(
      'Put a backup where no database is, once it is sure that it is whole and that the master key opens it. Unspent codes, sessions, mailed links and pushed requests are ended: they may have been used since.',
    )
    .argument('[file]', 'a backup of SQLite')
    .option('--after-pg-restore', 'with PostgreSQL, once pg_restore is through and before a server starts')
    .addOption(jsonOption())
    .action((file: string | undefined, options: Options) => put(cli, file, options))
  examples(
    command,
    'VALETKEY_DATA=/var/lib/valetkey valetkey restore /backups/valetkey-2026-11-23.db',
    'VALETKEY_DATABASE_URL=postgres://… valetkey restore --after-pg-restore',
  )
}

async function put(cli: Cli, file: string | undefined, options: Options): Promise<void> {
  const restored = options.afterPgRestore ? await afterPgRestore(cli, file) : await fromFile(cli, file)
  if (options.json) printJson(cli, restored)
  else print(cli, restored)
}

function fromFile({ env }: Cli, file: string | undefined): Promise<Restored> {
  if (file === undefined) throw new UsageError('say which file, or --after-pg-restore')
  return orRefused(restore(readSettings({}, env), file))
}

function afterPgRestore(cli: Cli, file: string | undefined): Promise<Restored> {
  if (file !== undefined)
    throw new UsageError('--after-pg-restore takes no file: pg_restore has put it in place')
  if (readSettings({}, cli.env).database_url === '')
    throw new UsageError('--after-pg-restore goes with VALETKEY_DATABASE_URL')
  return withLocalStore(cli, (store, settings) => orRefused(settleRestored(settings, store)))
}

function print({ out }: Cli, { ended, audit_head, newest_event_at }: Restored): void {
  printWrapped(out, `${out.paint('green', '✓')} Restored.`)
  const newest = newest_event_at === null ? 'none' : new Date(newest_event_at * 1000).toISOString()
  printFields(
    out,
    [
      ['newest event', `${newest}, ${audit_head.seq}:${audit_head.chain_hash}`],
      [
        'ended',
        Object.entries(ended)
          .map(([what, count]) => `${what.replaceAll('_', ' ')} ${count}`)
          .join(', '),
      ],
    ],
    '  ',
  )
  printWrapped(
    out,
    'What was ended or changed after that moment is alive again as it was: access that was revoked or given back; clients that were changed, disabled, suspended or deleted; users and developers that were suspended, changed or deleted; webhooks that were changed or deleted; secrets that were rotated or retired; passwords that were changed. What was registered or imported since is gone. An export of the audit events since then names all of it; do it again before the server is reached from outside.',
  )
}
