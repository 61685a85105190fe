import { backup, readSettings } from '@valetkey/server'
import type { Command } from 'commander'
import { orRefused } from '../local-store.ts'
import { examples, jsonOption } from '../options.ts'
import { type Cli, printJson, printWrapped } from '../terminal.ts'

export function define(command: Command, cli: Cli): void {
  command
    .description(
      'Copy the SQLite database of these settings into a new file, as it is at this moment, while the server runs. The master key is not in it.',
    )
    .argument('<file>', 'where the backup goes; what is there already is not overwritten')
    .addOption(jsonOption())
    .action((file: string, options: { json?: true }) => write(cli, file, options))
  examples(command, 'VALETKEY_DATA=/var/lib/valetkey valetkey backup /backups/valetkey-2026-11-23.db')
}

async function write(cli: Cli, file: string, { json }: { json?: true }): Promise<void> {
  const settings = readSettings({}, cli.env)
  const { bytes } = await orRefused(backup(settings, file))
  if (json) {
    printJson(cli, { file, bytes })
    return
  }
  printWrapped(cli.out, `${cli.out.paint('green', '✓')} ${file}, ${bytes} bytes.`)
  printWrapped(
    cli.out,
    'The master key is not in it, and without the key it restores to nothing. Keep the key too, in another place.',
  )
}
